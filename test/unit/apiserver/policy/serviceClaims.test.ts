import assert from "node:assert/strict";
import type { Service } from "../../../../lib/api/gen/types/coreV1.js";
import { parseCidr } from "../../../../lib/api/ipAddress.js";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import type {
  AdmissionPlugin,
  ObjectTree,
} from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { Bitmap } from "../../../../lib/apiserver/allocation/bitmap.js";
import { ClaimsRepair } from "../../../../lib/apiserver/allocation/claimsRepair.js";
import {
  encodePorts,
  nodePortsKey,
  readPorts,
} from "../../../../lib/apiserver/allocation/nodePortRange.js";
import { ServiceClaims } from "../../../../lib/apiserver/allocation/serviceClaims.js";
import {
  addressObject,
  serviceType,
} from "../../../../lib/apiserver/allocation/serviceHoldings.js";
import { ObjectWriter } from "../../../../lib/apiserver/bootstrap/objectWriter.js";
import type { ServerObjects } from "../../../../lib/apiserver/serverObjects.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import { type Storage, StorageError, type Transaction } from "../../../../lib/storage/storage.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const services = "/api/v1/namespaces/default/services";
const first = 30000;
const nodePorts = { first, last: 30031 };
const policy = { serviceRanges: ["10.1.0.0/27"], nodePorts } as const;

interface Answer {
  readonly code: number;
  readonly body: Service & { message?: string; reason?: string; items?: Service[] };
}

async function call(
  server: TestApiServer,
  method: string,
  path: string,
  body?: object,
  contentType = "application/json",
): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { "content-type": contentType },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { code: response.status, body: (await response.json()) as Answer["body"] };
}

const patch = (server: TestApiServer, name: string, spec: object) =>
  call(server, "PATCH", `${services}/${name}`, { spec }, "application/merge-patch+json");

function service(name: string, spec: object = {}): object {
  return { metadata: { name }, spec: { ports: [{ port: 80 }], selector: { a: "b" }, ...spec } };
}

async function make(server: TestApiServer, name: string, spec: object = {}): Promise<Service> {
  const { code, body } = await call(server, "POST", services, service(name, spec));
  assert.equal(code, 201, JSON.stringify(body));
  return body;
}

/** Whose each address is, and which ports are taken: as any API server finds it in the store. */
async function claimed(storage: Storage) {
  const prefix = "/registry/ipaddresses/";
  const { values } = await storage.range(prefix);
  const owners = values.map(({ key, value }) => {
    const object = nativeCodec.decodeStored(value, "k8s.io.api.networking.v1.IPAddress", "1");
    const { metadata, spec } = JSON.parse(object.json());
    const { labels } = metadata;
    assert.equal(labels["ipaddress.kubernetes.io/managed-by"], "ipallocator.k8s.io");
    assert.equal(labels["ipaddress.kubernetes.io/ip-family"], "IPv4");
    const { resource, namespace, name } = spec.parentRef;
    return [key.slice(prefix.length), `${resource} ${namespace}/${name}`];
  });
  const stored = await storage.get(nodePortsKey);
  assert.ok(stored);
  const { bounds, taken } = readPorts(nativeCodec, stored);
  assert.deepEqual(bounds, nodePorts);
  return { owners: Object.fromEntries(owners), ports: [...taken].map((at) => first + at) };
}

/** Stops a server whose storage is another's. */
async function leave({ server, policy: own }: TestApiServer): Promise<void> {
  await server.stop();
  await own.bootstrap.stop();
  own.close();
}

const kubernetes = { "10.1.0.1": "services default/kubernetes" };

describe("claims of services", () => {
  let server: TestApiServer;
  beforeEach(async () => {
    server = await startTestApiServer({}, policy);
  });
  afterEach(() => server.stop());

  const nodePort = (...ports: object[]): object => ({ type: "NodePort", ports });
  const local = { type: "LoadBalancer", externalTrafficPolicy: "Local" };

  it("are the service's from its creation to its deletion", async () => {
    assert.deepEqual(await claimed(server.storage), { owners: kubernetes, ports: [] });
    const made = await make(server, "a", {
      ...local,
      ports: [
        { port: 80, name: "x" },
        { port: 81, name: "y" },
      ],
    });
    const ports = (made.spec?.ports ?? []).map((port) => port.nodePort ?? 0);
    const all = [...ports, made.spec?.healthCheckNodePort ?? 0].sort();
    const address = made.spec?.clusterIP ?? "";
    assert.deepEqual(await claimed(server.storage), {
      owners: { ...kubernetes, [address]: "services default/a" },
      ports: all,
    });
    assert.equal((await call(server, "DELETE", `${services}/a`)).code, 200);
    assert.deepEqual(await claimed(server.storage), { owners: kubernetes, ports: [] });
  });

  it("are written in the transaction that writes the service", async () => {
    const { storage } = server;
    const transact = storage.transact.bind(storage);
    const seen: Transaction[] = [];
    storage.transact = (transaction) => {
      seen.push(transaction);
      return transact(transaction);
    };
    await make(server, "a", nodePort({ port: 80 }));
    await call(server, "DELETE", `${services}/a`);
    storage.transact = transact;
    const keys = seen.map(({ success }) => success.map(({ type, key }) => `${type} ${key}`));
    const written = keys.filter((all) => all.some((key) => key.includes("/services/specs/")));
    assert.equal(written.length, 2);
    assert.equal(keys.length, 2);
    for (const all of written) assert.ok(all.some((key) => key.includes(nodePortsKey)));
    for (const all of written) assert.ok(all.some((key) => key.includes("/ipaddresses/")));
  });

  const changes: {
    readonly name: string;
    readonly from: object;
    readonly to: object;
    readonly keepsAddress?: boolean;
    readonly ports: number[];
  }[] = [
    { name: "its label", from: nodePort({ port: 80, nodePort: 30001 }), to: {}, ports: [30001] },
    {
      name: "its type to ClusterIP",
      from: nodePort({ port: 80, nodePort: 30001 }),
      to: { type: "ClusterIP" },
      ports: [],
    },
    {
      name: "its type to ExternalName",
      from: nodePort({ port: 80, nodePort: 30001 }),
      to: { type: "ExternalName", externalName: "a.b", selector: null },
      keepsAddress: false,
      ports: [],
    },
    {
      name: "a node port",
      from: nodePort({ port: 80, nodePort: 30001 }),
      to: { ports: [{ port: 80, nodePort: 30002 }] },
      ports: [30002],
    },
    {
      name: "the protocols of one node port",
      from: nodePort({ port: 53, nodePort: 30001, protocol: "TCP", name: "t" }),
      to: {
        ports: [
          { port: 53, nodePort: 30001, protocol: "TCP", name: "t" },
          { port: 53, nodePort: 30001, protocol: "UDP", name: "u" },
        ],
      },
      ports: [30001],
    },
    {
      name: "its traffic policy from Local",
      from: { ...local, healthCheckNodePort: 30009, ports: [{ port: 80, nodePort: 30001 }] },
      to: { externalTrafficPolicy: "Cluster" },
      ports: [30001],
    },
  ];
  for (const { name, from, to, keepsAddress = true, ports } of changes) {
    it(`follow a change of ${name}`, async () => {
      const made = await make(server, "a", from);
      const { code, body } = await patch(server, "a", to);
      assert.equal(code, 200, JSON.stringify(body));
      const own = { [made.spec?.clusterIP ?? ""]: "services default/a" };
      assert.deepEqual(await claimed(server.storage), {
        owners: keepsAddress ? { ...kubernetes, ...own } : kubernetes,
        ports,
      });
    });
  }

  it("come back with a type that has them", async () => {
    await make(server, "a", { type: "ExternalName", externalName: "a.b" });
    const before = await claimed(server.storage);
    assert.deepEqual(before, { owners: kubernetes, ports: [] });
    await patch(server, "a", { type: "NodePort", externalName: null });
    const { body } = await call(server, "GET", `${services}/a`);
    const after = await claimed(server.storage);
    assert.equal(after.owners[body.spec?.clusterIP ?? ""], "services default/a");
    assert.deepEqual(after.ports, [body.spec?.ports?.[0]?.nodePort]);
  });

  it("are counted under upstream's names, given and refused, by number and drawn", async () => {
    const held = service("drawn", nodePort({ port: 80 }));
    assert.equal((await call(server, "POST", `${services}?dryRun=All`, held)).code, 201);
    await make(server, "drawn", nodePort({ port: 80 }));
    await make(server, "asked", {
      clusterIP: "10.1.0.9",
      ...nodePort({ port: 80, nodePort: 30001 }),
    });
    for (const spec of [{ clusterIP: "10.1.0.9" }, nodePort({ port: 80, nodePort: 30001 })]) {
      assert.equal((await call(server, "POST", services, service("again", spec))).code, 422);
    }
    const text = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
    const prefix = "kube_apiserver_clusterip_allocator";
    const range = 'cidr="10.1.0.0/27"';
    const wanted = (ports: number, addresses: number): string[] => [
      // The service kubernetes has one too, and the last refused request had drawn one.
      `${prefix}_allocated_ips{${range}} ${addresses}`,
      `${prefix}_available_ips{${range}} ${30 - addresses}`,
      `${prefix}_allocation_total{${range},scope="dynamic"} 2`,
      `${prefix}_allocation_total{${range},scope="static"} 1`,
      `${prefix}_allocation_errors_total{${range},scope="static"} 1`,
      `${prefix}_allocation_duration_seconds_count{${range}} 2`,
      `kube_apiserver_nodeport_allocator_allocated_ports ${ports}`,
      `kube_apiserver_nodeport_allocator_available_ports ${32 - ports}`,
      'kube_apiserver_nodeport_allocator_allocation_total{scope="dynamic"} 1',
      'kube_apiserver_nodeport_allocator_allocation_total{scope="static"} 1',
      'kube_apiserver_nodeport_allocator_allocation_errors_total{scope="static"} 1',
    ];
    const before = (await text()).split("\n");
    for (const line of wanted(2, 3)) assert.ok(before.includes(line), line);
    await call(server, "DELETE", `${services}/drawn`);
    const after = (await text()).split("\n");
    for (const line of wanted(1, 2)) assert.ok(after.includes(line), line);
  });

  it("say that a range is full", async () => {
    for (let count = 0; count < 29; count += 1) await make(server, `s${count}`);
    assert.equal((await call(server, "POST", services, service("more"))).code, 500);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const name = "kube_apiserver_clusterip_allocator_allocation_errors_total";
    assert.ok(text.includes(`${name}{cidr="10.1.0.0/27",scope="dynamic"} 1\n`), text);
  });

  it("are not touched by dry runs", async () => {
    await make(server, "kept", nodePort({ port: 80, nodePort: 30001 }));
    const before = await claimed(server.storage);
    const dry = "?dryRun=All";
    assert.equal((await call(server, "POST", services + dry, service("a", local))).code, 201);
    const to = { spec: { type: "ClusterIP" } };
    const path = `${services}/kept${dry}`;
    assert.equal((await call(server, "PATCH", path, to, "application/merge-patch+json")).code, 200);
    assert.equal((await call(server, "DELETE", path)).code, 200);
    assert.deepEqual(await claimed(server.storage), before);
  });

  it("stay with a service that waits for its finalizers, up to the last", async () => {
    await make(server, "a", nodePort({ port: 80, nodePort: 30001 }));
    const finalizers = (list: string[]) =>
      call(
        server,
        "PATCH",
        `${services}/a`,
        { metadata: { finalizers: list } },
        "application/merge-patch+json",
      );
    await finalizers(["example.com/x"]);
    const before = await claimed(server.storage);
    await call(server, "DELETE", `${services}/a`);
    assert.deepEqual(await claimed(server.storage), before);
    assert.deepEqual(before.ports, [30001]);
    assert.equal((await finalizers([])).code, 200);
    assert.deepEqual(await claimed(server.storage), { owners: kubernetes, ports: [] });
  });

  it("go with all that a collection's deletion deletes", async () => {
    for (let number = 0; number < 5; number += 1)
      await make(server, `s${number}`, nodePort({ port: 80 }));
    const path = `${services}?fieldSelector=metadata.name!=kubernetes`;
    assert.equal((await call(server, "DELETE", path)).code, 200);
    assert.deepEqual(await claimed(server.storage), { owners: kubernetes, ports: [] });
  });

  it("that others have are refused in upstream's words", async () => {
    await make(server, "a", { ...nodePort({ port: 80, nodePort: 30001 }), clusterIP: "10.1.0.9" });
    const writer = new ObjectWriter({
      ...nodePlatform,
      storage: server.storage,
      codec: nativeCodec,
    });
    await writer.ensure([addressObject("10.1.0.8", { namespace: "x", name: "elsewhere" })]);
    const cases: [object, string][] = [
      [
        { clusterIP: "10.1.0.9" },
        'spec.clusterIPs: Invalid value: ["10.1.0.9"]: failed to allocate IP 10.1.0.9: ' +
          "provided IP is already allocated",
      ],
      [
        { clusterIP: "10.1.0.8" },
        'spec.clusterIPs: Invalid value: ["10.1.0.8"]: failed to allocate IP 10.1.0.8: ' +
          "provided IP is already allocated",
      ],
      [
        nodePort({ port: 80, nodePort: 30001 }),
        "spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated",
      ],
    ];
    for (const [spec, expected] of cases) {
      const { code, body } = await call(server, "POST", services, service("b", spec));
      assert.equal(code, 422);
      assert.ok(body.message?.includes(expected), body.message);
    }
    const { code } = await patch(server, "kubernetes", nodePort({ port: 443, nodePort: 30001 }));
    assert.equal(code, 422);
  });
});

describe("claims that are lost to another server", () => {
  const storageOf = (server: TestApiServer) => server.storage;
  /** Takes what the service was given, once, after that was decided. */
  function thief(take: (service: Service) => Promise<void>): AdmissionPlugin {
    let isDone = false;
    return {
      name: "Thief",
      handles: (operation, group, resource) =>
        operation !== "DELETE" && group === "" && resource === "services",
      async validate({ object }) {
        const service = object as unknown as Service;
        if (isDone || service.spec?.type === "ExternalName") return;
        isDone = true;
        await take(service);
      },
    };
  }
  let server: TestApiServer;
  afterEach(() => server.stop());

  const stealAddress = async ({ spec }: Service): Promise<void> => {
    const deps = { ...nodePlatform, storage: storageOf(server), codec: nativeCodec };
    const elsewhere = { namespace: "x", name: "elsewhere" };
    await new ObjectWriter(deps).ensure([addressObject(spec?.clusterIP ?? "", elsewhere)]);
  };
  const stealPort = async ({ spec }: Service): Promise<void> => {
    const other = await startTestApiServer({ storage: storageOf(server) }, policy);
    const port = { port: 1, nodePort: spec?.ports?.[0]?.nodePort };
    await make(other, "thief", { type: "NodePort", ports: [port] });
    await leave(other);
  };
  const start = async (take: (service: Service) => Promise<void>): Promise<void> => {
    server = await startTestApiServer({}, policy, [thief(take)]);
  };

  it("are replaced where they were drawn", async () => {
    let stolen = "";
    await start(async (one) => {
      stolen = one.spec?.clusterIP ?? "";
      await stealAddress(one);
    });
    const made = await make(server, "a");
    assert.notEqual(made.spec?.clusterIP, stolen);
    const { owners } = await claimed(server.storage);
    assert.equal(owners[stolen], "services x/elsewhere");
    assert.equal(owners[made.spec?.clusterIP ?? ""], "services default/a");
    assert.equal(Object.keys(owners).length, 3);
  });

  it("are refused where they were asked for", async () => {
    await start(stealAddress);
    const spec = { clusterIP: "10.1.0.9" };
    const { code, body } = await call(server, "POST", services, service("a", spec));
    assert.equal(code, 422);
    assert.match(
      body.message ?? "",
      /failed to allocate IP 10.1.0.9: provided IP is already alloc/,
    );
  });

  it("are replaced, ports too, by an update with a resourceVersion", async () => {
    await start(stealPort);
    const made = await make(server, "a", { type: "ExternalName", externalName: "a.b" });
    const next = {
      ...made,
      spec: { type: "NodePort", ports: [{ port: 80 }], selector: { a: "b" } },
    };
    const { code, body } = await call(server, "PUT", `${services}/a`, next);
    assert.equal(code, 200, JSON.stringify(body));
    const { ports, owners } = await claimed(server.storage);
    assert.ok(ports.includes(body.spec?.ports?.[0]?.nodePort ?? 0));
    assert.equal(ports.length, 2);
    assert.equal(Object.keys(owners).length, 3);
  });
});

describe("the repair of claims", () => {
  let clock: VirtualClock;
  let storage: Storage;
  let repair: ClaimsRepair;
  let registry: MetricsRegistry;
  let writer: ObjectWriter;
  let reported: { reason: string; note: string; about: string }[];

  beforeEach(async () => {
    clock = new VirtualClock();
    storage = await openEmbeddedStorage({ clock });
    const deps = { storage, codec: nativeCodec, clock, random: new SeededRandom(1) };
    const range = parseCidr("10.1.0.0/27");
    registry = new MetricsRegistry();
    const claims = new ServiceClaims(deps, nodePorts);
    claims.countIn(registry);
    repair = new ClaimsRepair(deps, claims, range === undefined ? [] : [range]);
    writer = new ObjectWriter(deps);
    reported = [];
    repair.recordWith({
      async create(_group: string, _resource: string, _namespace: string, event: ObjectTree) {
        const { reason, note, regarding } = event as unknown as {
          reason: string;
          note: string;
          regarding: { kind: string; name: string };
        };
        reported.push({ reason, note, about: `${regarding.kind} ${regarding.name}` });
        return event;
      },
    } as unknown as ServerObjects);
  });
  afterEach(() => storage.close());

  const store = (name: string, clusterIP: string, nodePort?: number) =>
    writer.ensure([
      {
        type: serviceType,
        object: {
          metadata: { name, namespace: "default" },
          spec: {
            clusterIP,
            clusterIPs: [clusterIP],
            type: nodePort === undefined ? "ClusterIP" : "NodePort",
            ports: [{ port: 80, ...(nodePort === undefined ? {} : { nodePort }) }],
          },
        } as { metadata: object },
      },
    ]);
  const own = (address: string, name: string, wrong: object = {}) => {
    const { type, object } = addressObject(address, { namespace: "default", name });
    return writer.ensure([{ type, object: { ...object, ...wrong } }]);
  };

  it("makes what an older store lacks, and says nothing twice", async () => {
    await store("a", "10.1.0.7", 30003);
    await repair.run();
    assert.deepEqual(await claimed(storage), {
      owners: { "10.1.0.7": "services default/a" },
      ports: [30003],
    });
    const revision = storage.currentRevision();
    reported = [];
    await repair.run();
    assert.equal(storage.currentRevision(), revision);
    assert.deepEqual(reported, []);
  });

  it("frees an address of a service that is not there after a minute, not before", async () => {
    await own("10.1.0.7", "gone");
    await repair.run();
    assert.equal(Object.keys((await claimed(storage)).owners).length, 1);
    await clock.advance(61_000);
    await repair.run();
    assert.equal(Object.keys((await claimed(storage)).owners).length, 0);
    const note = "IPAddress: 10.1.0.7 for Service default/gone appears to have leaked: cleaning up";
    assert.deepEqual(reported, [
      { reason: "IPAddressNotAllocated", note, about: "IPAddress 10.1.0.7" },
    ]);
  });

  it("gives an address back to the service that has it", async () => {
    await store("a", "10.1.0.7");
    await store("b", "10.1.0.8");
    await own("10.1.0.7", "b");
    await own("10.1.0.9", "b");
    await repair.run();
    assert.deepEqual((await claimed(storage)).owners, {
      "10.1.0.7": "services default/a",
      "10.1.0.8": "services default/b",
    });
    assert.deepEqual(
      reported.map(({ reason, about }) => `${reason} ${about}`),
      [
        "ClusterIPNotAllocated Service a",
        "ClusterIPNotAllocated Service b",
        "IPAddressWrongReference IPAddress 10.1.0.9",
      ],
    );
  });

  it("tells of an address or a port that two services have, and of what is out of range", async () => {
    await store("a", "10.1.0.7", 30003);
    await store("b", "10.1.0.7", 30003);
    await store("c", "10.9.0.1", 31000);
    await repair.run();
    assert.deepEqual(
      reported.map(({ reason, about }) => `${reason} ${about}`),
      [
        "ClusterIPNotAllocated Service a",
        "ClusterIPAlreadyAllocated Service b",
        "ClusterIPOutOfRange Service c",
        "PortAlreadyAllocated Service b",
        "PortOutOfRange Service c",
      ],
    );
  });

  it("leaves what others keep", async () => {
    await own("192.0.2.1", "x", { metadata: { name: "192.0.2.1" } });
    await clock.advance(61_000);
    await repair.run();
    assert.ok(await storage.get("/registry/ipaddresses/192.0.2.1"));
  });

  it("frees a port that no service has at the third look, and takes one that is missing", async () => {
    const deps = { storage, codec: nativeCodec, clock, random: new SeededRandom(1) };
    await repair.run();
    const value = encodePorts(deps.codec, nodePorts, Bitmap.of([5, 6]), undefined);
    await storage.transact({ compare: [], success: [{ type: "put", key: nodePortsKey, value }] });
    await store("a", "10.1.0.7", 30003);
    const seen: number[][] = [];
    for (let look = 0; look < 3; look += 1) {
      await repair.run();
      seen.push((await claimed(storage)).ports);
    }
    assert.deepEqual(seen, [[30003, 30005, 30006], [30003, 30005, 30006], [30003]]);
    assert.ok(reported.some(({ note }) => note === "Port 30003 is not allocated; repairing"));
    const counted = registry.expose().split("\n");
    for (const line of [
      'apiserver_nodeport_repair_port_errors_total{type="leak"} 2',
      'apiserver_nodeport_repair_port_errors_total{type="repair"} 1',
      'apiserver_clusterip_repair_ip_errors_total{type="repair"} 1',
    ]) {
      assert.ok(counted.includes(line), line);
    }
  });

  it("keeps what a service may hold that nobody can read", async () => {
    await store("a", "10.1.0.7", 30003);
    await repair.run();
    const before = await claimed(storage);
    for (const key of ["specs/default/a", "specs/default/b"]) {
      const value = Buffer.from("garbage");
      const put = { type: "put", key: `/registry/services/${key}`, value } as const;
      await storage.transact({ compare: [], success: [put] });
    }
    await clock.advance(120_000);
    reported = [];
    for (let round = 0; round < 5; round += 1) await repair.run();
    assert.deepEqual(await claimed(storage), before);
    assert.deepEqual(reported, []);
  });

  it("leaves ports that nobody can read", async () => {
    const value = Buffer.from("garbage");
    const put = { type: "put", key: nodePortsKey, value } as const;
    await storage.transact({ compare: [], success: [put] });
    await store("a", "10.1.0.7", 30003);
    await repair.run();
    assert.deepEqual((await storage.get(nodePortsKey))?.value, value);
  });

  it("moves the ports to another range", async () => {
    const other = { first: 29998, last: 30010 };
    const value = encodePorts(nativeCodec, other, Bitmap.of([0, 5]), undefined);
    await storage.transact({ compare: [], success: [{ type: "put", key: nodePortsKey, value }] });
    await store("a", "10.1.0.7", 30003);
    await repair.run();
    assert.deepEqual((await claimed(storage)).ports, [30003]);
  });
});

describe("claims in a store that others share", () => {
  it("stay with a service whose write came to pass though nobody was told", async () => {
    const storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    Object.defineProperty(storage, "isShared", { value: true });
    const server = await startTestApiServer({ storage }, policy);
    try {
      const transact = storage.transact.bind(storage);
      storage.transact = async (transaction) => {
        const result = await transact(transaction);
        const keys = transaction.success.map(({ type, key }) => `${type} ${key.split("/")[2]}`);
        if (keys.includes("put services")) throw new StorageError("io", "no response");
        return result;
      };
      assert.equal((await call(server, "POST", services, service("a"))).code, 500);
      storage.transact = transact;
      const { body } = await call(server, "GET", `${services}/a`);
      const { owners } = await claimed(storage);
      assert.equal(owners[body.spec?.clusterIP ?? ""], "services default/a");
    } finally {
      await server.stop();
    }
  });

  it("take an address before the service is written, and give it back if it is not", async () => {
    const storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    Object.defineProperty(storage, "isShared", { value: true });
    const server = await startTestApiServer({ storage }, policy);
    try {
      const transact = storage.transact.bind(storage);
      const seen: string[][] = [];
      let fails = false;
      storage.transact = (transaction) => {
        const keys = transaction.success.map(({ type, key }) => `${type} ${key.split("/")[2]}`);
        seen.push(keys);
        if (fails && keys.includes("put services")) throw new StorageError("io", "gone");
        return transact(transaction);
      };
      await make(server, "a", { type: "NodePort" });
      await call(server, "DELETE", `${services}/a`);
      assert.deepEqual(seen, [
        ["put ipaddresses"],
        ["put services", "put ranges"],
        ["delete services", "delete ipaddresses", "put ranges"],
      ]);
      fails = true;
      assert.equal((await call(server, "POST", services, service("b"))).code, 500);
      fails = false;
      assert.deepEqual(await claimed(storage), { owners: kubernetes, ports: [] });
    } finally {
      await server.stop();
    }
  });
});

describe("many services at once", () => {
  it("share a range without one address or port twice, and leave nothing", async () => {
    const one = await startTestApiServer({}, policy);
    const two = await startTestApiServer({ storage: one.storage }, policy);
    try {
      const made = await Promise.all(
        Array.from({ length: 29 }, (_, number) =>
          make(number % 2 === 0 ? one : two, `s${number}`, { type: "NodePort" }),
        ),
      );
      assert.equal(new Set(made.map(({ spec }) => spec?.clusterIP)).size, 29);
      assert.equal(new Set(made.map(({ spec }) => spec?.ports?.[0]?.nodePort)).size, 29);
      const full = await call(two, "POST", services, service("full"));
      assert.equal(full.code, 500);
      assert.match(full.body.message ?? "", /failed to allocate a serviceIP: range is full/);
      await Promise.all(
        made.map(({ metadata }, number) =>
          call(number % 3 === 0 ? one : two, "DELETE", `${services}/${metadata.name}`),
        ),
      );
      assert.deepEqual(await claimed(one.storage), { owners: kubernetes, ports: [] });
    } finally {
      await leave(two);
      await one.stop();
    }
  });
});
