import assert from "node:assert/strict";
import { customResourceType } from "../../../../lib/api/customResourceType.js";
import {
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../../lib/api/pki/certificates.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  type SteadyClient,
  type SteadyOptions,
  steadyHttp1,
  steadyHttp2,
} from "../../../support/apiserver/steadyClient.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const validity = () => {
  const now = nodePlatform.clock.now();
  return { notBefore: now - 60_000, notAfter: now + 3_600_000 };
};
const maps = "/api/v1/namespaces/default/configmaps";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const tokens = { name: "tokens", text: "reader-token,reader,1\nmaster-token,m,2,system:masters\n" };

describe("gets that the listener serves by itself", () => {
  let server: TestApiServer;
  let rest: RestCaller;
  let port: number;
  let certificates: Awaited<ReturnType<typeof createAuthority>>;
  /** Requests that JavaScript has seen. */
  let seen = 0;
  const clients: SteadyClient[] = [];

  before(async () => {
    certificates = await createAuthority({ commonName: "ca" }, validity());
    const authority = await openAuthority(certificates);
    const names = { ...noNames, ips: ["127.0.0.1"] };
    const own = await issue(authority, { commonName: "server" }, ["server"], names, validity());
    const tls = { ...own, clientCertificateAuthorities: certificates.certificate };
    server = await startTestApiServer(
      { secure: { address: "127.0.0.1", port: 0, tls } },
      { clientCertificateAuthorities: certificates.certificate, tokenFile: tokens },
    );
    port = server.server.addresses.secure?.port ?? 0;
    rest = new RestCaller(server.url);
    const { pipeline } = server.server;
    const handle = pipeline.handle.bind(pipeline);
    pipeline.handle = (request, auditId) => {
      seen += 1;
      return handle(request, auditId);
    };
    for (const name of ["a", "b"]) await create(maps, { metadata: { name }, data: { k: name } });
  });
  after(async () => {
    rest.close();
    await server.stop();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  const create = async (path: string, body: object): Promise<void> => {
    const { status, text } = await rest.call(path, { method: "POST", body });
    assert.ok(status === 201, text());
  };
  const remove = async (path: string, body: object = {}): Promise<void> => {
    const { status, text } = await rest.call(path, { method: "DELETE", body });
    assert.ok(status === 200, text());
  };
  /** Binds a role that may get ConfigMaps and Secrets; returns what takes it back. */
  const allow = async (subject: object, resourceNames: readonly string[] = []) => {
    const names = resourceNames.length === 0 ? {} : { resourceNames };
    const rule = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], ...names };
    await create(`${rbac}/namespaces/default/roles`, { metadata: { name: "r" }, rules: [rule] });
    await create(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: "r" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [subject],
    });
    return async (what: "roles" | "rolebindings") => {
      await remove(`${rbac}/namespaces/default/${what}/r`);
    };
  };
  const user = { kind: "User", name: "reader", apiGroup: "rbac.authorization.k8s.io" };

  const connect = (
    make: (options: SteadyOptions) => SteadyClient,
    options: Omit<SteadyOptions, "port">,
  ): SteadyClient => {
    const client = make({ port, ...options });
    clients.push(client);
    return client;
  };
  /** Requests until one passes JavaScript by. */
  const untilDirect = async (client: SteadyClient, path = `${maps}/a`): Promise<void> => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = seen;
      const { status, text } = await client.get(path);
      assert.equal(status, 200, text);
      if (seen === before) return;
    }
    assert.fail(`${path} is asked of JavaScript each time`);
  };
  /** Whether a get passes JavaScript by. */
  const isDirect = async (client: SteadyClient, path: string, headers = {}): Promise<boolean> => {
    const before = seen;
    await client.get(path, headers);
    return seen === before;
  };

  for (const [protocol, make] of [
    ["HTTP/1.1", steadyHttp1],
    ["HTTP/2", steadyHttp2],
  ] as const) {
    describe(`over ${protocol}`, () => {
      it("are what JavaScript gives, but for the time and the audit's id", async () => {
        const client = connect(make, { token: "master-token" });
        const first = await client.get(`${maps}/a`);
        await untilDirect(client);
        const direct = await client.get(`${maps}/a`);
        const withoutIds = ({ headers }: typeof first) => {
          const { "audit-id": id, date: _, ...others } = headers;
          assert.match(String(id), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
          return { ...others };
        };
        assert.equal(direct.text, first.text);
        assert.deepEqual(withoutIds(direct), withoutIds(first));
        assert.notEqual(direct.headers["audit-id"], first.headers["audit-id"]);
      });

      it("are of any name, and of any namespace where the role is the cluster's", async () => {
        const client = connect(make, { token: "master-token" });
        await untilDirect(client);
        assert.equal(JSON.parse((await client.get(`${maps}/b`)).text).metadata.name, "b");
        assert.ok(await isDirect(client, `${maps}/b`));
        const system = "/api/v1/namespaces/kube-system/configmaps/";
        const known = `${system}extension-apiserver-authentication`;
        assert.ok(await isDirect(client, known));
        assert.equal((await client.get(`${maps}/none`)).status, 404);
        assert.ok(await isDirect(client, `${maps}/a`), "a miss changes nothing");
      });

      it("end when their kind is removed from the scheme", async () => {
        const client = connect(make, { token: "master-token" });
        const type = customResourceType({
          ...{ group: "example.com", version: "v1", kind: "Widget", resource: "widgets" },
          namespaced: true,
        });
        const widgets = "/apis/example.com/v1/namespaces/default/widgets";
        server.server.scheme.add(type);
        try {
          const head = { apiVersion: "example.com/v1", kind: "Widget" };
          await create(widgets, { ...head, metadata: { name: "a" }, spec: { n: 1 } });
          await untilDirect(client, `${widgets}/a`);
          assert.equal(JSON.parse((await client.get(`${widgets}/a`)).text).spec.n, 1);
          await remove(`${widgets}/a`);
        } finally {
          server.server.scheme.remove(type);
        }
        assert.equal((await client.get(`${widgets}/a`)).status, 404);
        assert.equal(await isDirect(client, `${widgets}/a`), false);
      });

      it("see the newest version at once", async () => {
        const client = connect(make, { token: "master-token" });
        await untilDirect(client);
        for (const value of ["1", "2", "3"]) {
          const body = { data: { k: value } };
          const contentType = "application/merge-patch+json";
          await rest.call(`${maps}/b`, { method: "PATCH", contentType, body });
          assert.equal(JSON.parse((await client.get(`${maps}/b`)).text).data.k, value);
        }
      });

      for (const what of ["roles", "rolebindings"] as const) {
        it(`end at once with the user's ${what}`, async () => {
          const revoke = await allow(user);
          const client = connect(make, { token: "reader-token" });
          await untilDirect(client);
          await revoke(what);
          assert.equal((await client.get(`${maps}/a`)).status, 403);
          await revoke(what === "roles" ? "rolebindings" : "roles");
        });
      }

      it("go on after another role has changed, when JavaScript has said so", async () => {
        const revoke = await allow(user);
        const client = connect(make, { token: "reader-token" });
        await untilDirect(client);
        await create(`${rbac}/clusterroles`, { metadata: { name: `other-${protocol.at(-1)}` } });
        assert.equal(await isDirect(client, `${maps}/a`), false);
        await untilDirect(client);
        await revoke("roles");
        await revoke("rolebindings");
      });

      it("are of no other name than the role's", async () => {
        const revoke = await allow(user, ["a"]);
        const client = connect(make, { token: "reader-token" });
        for (let attempt = 0; attempt < 4; attempt += 1) {
          assert.equal((await client.get(`${maps}/a`)).status, 200);
          assert.equal((await client.get(`${maps}/b`)).status, 403);
        }
        await revoke("roles");
        await revoke("rolebindings");
      });

      it("end at once with the account and the pod that a token is bound to", async () => {
        const accounts = "/api/v1/namespaces/default/serviceaccounts";
        for (const gone of ["account", "pod"] as const) {
          await create(accounts, { metadata: { name: "robot" } });
          const subject = { kind: "ServiceAccount", name: "robot", namespace: "default" };
          const revoke = await allow(subject);
          const pods = "/api/v1/namespaces/default/pods";
          const containers = [{ name: "c", image: "i" }];
          const spec = { serviceAccountName: "robot", containers, nodeName: "n" };
          await create(pods, { metadata: { name: "p" }, spec });
          const pod = (await rest.call(`${pods}/p`)).json() as { metadata: { uid: string } };
          const reference = { kind: "Pod", apiVersion: "v1", name: "p", uid: pod.metadata.uid };
          const made = await rest.call(`${accounts}/robot/token`, {
            method: "POST",
            body: { spec: { boundObjectRef: reference } },
          });
          const { token } = (made.json() as { status: { token: string } }).status;
          const client = connect(make, { token });
          await untilDirect(client);
          const now = { gracePeriodSeconds: 0 };
          if (gone === "account") await remove(`${accounts}/robot`);
          else await remove(`${pods}/p`, now);
          assert.equal((await client.get(`${maps}/a`)).status, 401, gone);
          if (gone === "account") await remove(`${pods}/p`, now);
          else await remove(`${accounts}/robot`);
          await revoke("roles");
          await revoke("rolebindings");
        }
      });

      it("end with the authority of a certificate", async () => {
        const authority = await openAuthority(certificates);
        const subject = { commonName: "jane", organizations: ["system:masters"] };
        const pair = await issue(authority, subject, ["client"], noNames, validity());
        const client = connect(make, pair);
        await untilDirect(client);
        const other = await createAuthority({ commonName: "other" }, validity());
        await server.policy.reloadAuthorities({ clients: other.certificate });
        server.server.forgetDecisions();
        assert.equal((await client.get(`${maps}/a`)).status, 401);
        await server.policy.reloadAuthorities({ clients: certificates.certificate });
        server.server.forgetDecisions();
        await untilDirect(client);
      });

      it("are none of what only JavaScript can say", async () => {
        const client = connect(make, { token: "master-token" });
        await untilDirect(client);
        for (const [path, headers] of [
          [`${maps}/a?pretty=true`, {}],
          [`${maps}/a?resourceVersion=0`, {}],
          [`${maps}/a?timeout=1s`, {}],
          [`${maps}/a/`, {}],
          [`${maps}/%61`, {}],
          [maps, {}],
          ["/api/v1/componentstatuses/etcd-0", {}],
          ["/healthz", {}],
          [`${maps}/a`, { accept: "application/yaml" }],
          [`${maps}/a`, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }],
          [`${maps}/a`, { "user-agent": "curl/8" }],
          [`${maps}/a`, { "impersonate-user": "reader" }],
        ] as const) {
          await client.get(path, headers);
          await client.get(path, headers);
          assert.equal(await isDirect(client, path, headers), false, path);
        }
      });

      it("are none of what is compressed", async () => {
        const big = `big-${protocol.at(-1)}`;
        await create(maps, { metadata: { name: big }, data: { k: "x".repeat(200_000) } });
        const client = connect(make, { token: "master-token" });
        const zipped = { "accept-encoding": "gzip" };
        for (let attempt = 0; attempt < 3; attempt += 1) await client.get(`${maps}/a`, zipped);
        assert.ok(await isDirect(client, `${maps}/a`, zipped));
        const before = seen;
        const { headers } = await client.get(`${maps}/${big}`, zipped);
        assert.equal(headers["content-encoding"], "gzip");
        assert.equal(seen, before + 1);
        await untilDirect(client);
        assert.ok(await isDirect(client, `${maps}/${big}`));
      });

      it("are none of what is as long as what is compressed, to the byte", async () => {
        const name = `edge-${protocol.at(-1)}`;
        const path = `${maps}/${name}`;
        await create(maps, { metadata: { name }, data: { k: "" } });
        /** The revision is a part of it, and may need another digit. */
        const grow = async (length: number): Promise<void> => {
          for (;;) {
            const now = await rest.call(path);
            const missing = length - now.bytes.length;
            if (missing === 0) return;
            const { data } = now.json() as { data: { k: string } };
            const body = { data: { k: "x".repeat(data.k.length + missing) } };
            const contentType = "application/merge-patch+json";
            await rest.call(path, { method: "PATCH", contentType, body });
          }
        };
        const client = connect(make, { token: "master-token" });
        const zipped = { "accept-encoding": "gzip" };
        for (let attempt = 0; attempt < 3; attempt += 1) await client.get(`${maps}/a`, zipped);
        for (const [length, encoding] of [
          [128 * 1024 - 1, undefined],
          [128 * 1024, "gzip"],
        ] as const) {
          await grow(length);
          const { headers } = await client.get(path, zipped);
          assert.equal(headers["content-encoding"], encoding, String(length));
        }
      });

      it("have the flow control headers of their own namespace", async () => {
        const name = `of-a-namespace-${protocol.at(-1)}`;
        const there = `/api/v1/namespaces/${name}/configmaps`;
        await create("/api/v1/namespaces", { metadata: { name } });
        await create(there, { metadata: { name: "a" } });
        const what = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] };
        await create(`${rbac}/clusterroles`, { metadata: { name }, rules: [what] });
        await create(`${rbac}/clusterrolebindings`, {
          metadata: { name },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
          subjects: [user],
        });
        const schemas = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
        const subjects = [{ kind: "User", user: { name: "reader" } }];
        const rules = [{ subjects, resourceRules: [{ ...what, namespaces: [name] }] }];
        const level = { name: "workload-low" };
        await create(schemas, {
          metadata: { name },
          spec: { priorityLevelConfiguration: level, matchingPrecedence: 2, rules },
        });
        const { metadata } = (await rest.call(`${schemas}/${name}`)).json() as {
          metadata: { uid: string };
        };
        const client = connect(make, { token: "reader-token" });
        const isOfSchema = async (path: string): Promise<boolean> => {
          const { status, headers } = await client.get(`${path}/a`);
          assert.equal(status, 200);
          return headers["x-kubernetes-pf-flowschema-uid"] === metadata.uid;
        };
        await untilDirect(client);
        assert.equal(await isOfSchema(maps), false);
        assert.equal(await isOfSchema(there), true);
        await untilDirect(client, `${there}/a`);
        assert.equal(await isOfSchema(there), true);
        assert.equal(await isOfSchema(maps), false);
        await remove(`${schemas}/${name}`);
        assert.equal(await isOfSchema(there), false);
        await remove(`${rbac}/clusterrolebindings/${name}`);
        assert.equal((await client.get(`${there}/a`)).status, 403);
      });

      it("are counted", async () => {
        const client = connect(make, { token: "master-token" });
        await untilDirect(client);
        const total = async (): Promise<number[]> => {
          const text = (await rest.call("/metrics")).text();
          const value = (name: string): number => {
            const line = text.split("\n").find((one) => one.startsWith(name));
            return Number(line?.split(" ").at(-1));
          };
          const labels =
            'group="",version="v1",resource="configmaps",subresource="",scope="resource"';
          const of = (name: string) => value(`${name}{verb="GET",${labels}`);
          return [
            value(`apiserver_request_total{verb="GET",dry_run="",${labels}`),
            value(`apiserver_request_duration_seconds_count{verb="GET",dry_run="",${labels}`),
            of("apiserver_request_sli_duration_seconds_count"),
            of("apiserver_response_sizes_count"),
            of("apiserver_response_sizes_sum"),
          ];
        };
        const before = await total();
        const { text } = await client.get(`${maps}/a`);
        assert.ok(await isDirect(client, `${maps}/a`));
        const after = await total();
        const bytes = 2 * (Buffer.byteLength(text) - "\n".length);
        const grown = after.map((value, at) => value - (before[at] ?? 0));
        assert.deepEqual(grown, [2, 2, 2, 2, bytes]);
      });
    });
  }
});
