import assert from "node:assert/strict";
import {
  ApiError,
  Cluster,
  ClusterError,
  type ConnectOptions,
  connect,
  type ElectionOptions,
  eventRecorder,
  type InformerFactoryOptions,
  informerFactory,
  leaderElector,
  OptionError,
  patches,
  resources,
  runWorkers,
  waitUntil,
  workQueue,
} from "../../../lib/index.js";

const namespace = "default";

/** What a program gets for a mistake that the compiler would have found. */
const mistake = <T>(value: unknown): T => value as T;

function option(name: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof OptionError, String(error));
    assert.equal(error.option, name);
    assert.match(error.message, words);
    return true;
  };
}

function api(code: number, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.match(error.message, words);
    assert.equal(error.code, code);
    return true;
  };
}

describe("errors speak", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start({ nodes: 0, securePort: 0 });
  });
  after(() => cluster.stop());

  const electing = (more: object = {}): ElectionOptions => ({
    ...{ namespace, leaseName: "a", identity: "b", onStartedLeading: async () => undefined },
    ...more,
  });

  for (const [name, value, words] of [
    ["simulation.x", { simulation: { x: 1 } }, /no such option; there are exec, jobRunSeconds/],
    ["simulation.exec", { simulation: { exec: "a" } }, /"a" is not a function/],
    ["simulation.jobRunSeconds", { simulation: { jobRunSeconds: NaN } }, /NaN is not a number of/],
    ["admissionPlugins", { admissionPlugins: { enabled: ["Nope"] } }, /unknown .*: Nope/],
    ["authorizationModes", { authorizationModes: ["X"] }, /"X" is not a valid mode/],
    ["certificateNames", { certificateNames: ["a b"] }, /\["a b"\] is not a list of names/],
    ["platform", { platform: {} }, /is not a platform/],
    ["logger", { logger: {} }, /is not a logger/],
  ] as const) {
    it(`of a cluster's option ${name}`, async () => {
      await assert.rejects(Cluster.start(mistake(value)), (error: unknown) => {
        assert.ok(error instanceof ClusterError, String(error));
        assert.deepEqual([error.reason, error.option], ["InvalidOption", name]);
        assert.match(error.message, words);
        return true;
      });
    });
  }

  it("of connect", async () => {
    const text = await cluster.kubeconfig();
    for (const [name, value] of Object.entries({
      ...{ contxt: "a", transport: "grpc", namespace: "A b", waitMilliseconds: "x" },
      ...{ userAgent: 5, signal: 5, logger: {} },
    })) {
      const asked = connect(text, mistake<ConnectOptions>({ [name]: value }));
      await assert.rejects(asked, option(name, /is not|no such option/));
    }
    await assert.rejects(connect(mistake(5)), option("kubeconfig", /a path or a text/));
  });

  it("of what a program makes with a client", () => {
    const { client } = cluster;
    const none = mistake<typeof client>(undefined);
    assert.throws(() => informerFactory(none), option("client", /undefined is not a client/));
    const misspelt = mistake<InformerFactoryOptions>({ namspace: "x" });
    assert.throws(() => informerFactory(client, misspelt), option("namspace", /no such option/));
    const elector = (more: object) => () => leaderElector(client, electing(more));
    assert.throws(() => leaderElector(none, electing()), option("client", /is not a client/));
    assert.throws(elector({ namespace: undefined }), option("namespace", /it is missing/));
    assert.throws(elector({ onStartedLeading: undefined }), option("onStartedLeading", /missing/));
    assert.throws(elector({ lease: 1 }), option("lease", /no such option/));
    const short = option(
      "leaseDurationSeconds",
      /1 is not longer than renewDeadlineSeconds \(10\)/,
    );
    assert.throws(elector({ leaseDurationSeconds: 1 }), short);
    assert.throws(elector({ leaseDurationSeconds: NaN }), option("leaseDurationSeconds", /NaN is/));
    assert.throws(() => eventRecorder(client, mistake({})), option("component", /it is missing/));
    assert.throws(
      () => eventRecorder(client, mistake(undefined)),
      option("options", /undefined is/),
    );
    assert.throws(() => workQueue(mistake(undefined)), option("name", /undefined is no name/));
    assert.throws(() => workQueue("a", mistake({ x: 1 })), option("x", /no such option/));
  });

  it("of requests", async () => {
    const { client } = cluster;
    const pods = client.resource(resources.pods);
    const bad = (words: RegExp) => api(400, words);
    await assert.rejects(
      pods.get(mistake(undefined), { namespace }),
      bad(/needs a name, and undef/),
    );
    const misspelt = mistake<{ namespace: string }>({ namspace: "default" });
    await assert.rejects(pods.get("w", misspelt), bad(/no option "namspace"/));
    await assert.rejects(
      pods.list(mistake("default")),
      bad(/"default" are no options; give \{ nam/),
    );
    await assert.rejects(pods.create(mistake(undefined)), bad(/undefined is no object of pods/));
    await assert.rejects(
      pods.patch("w", mistake({ a: 1 }), { namespace }),
      bad(/this is no patch/),
    );
    await assert.rejects(pods.get("w"), api(404, /pods need a namespace.*add the option/));
    assert.throws(
      () => client.resource(mistake<typeof pods.type>(undefined)),
      bad(/undefined is not a type of resource; take one of/),
    );
    const foo = { group: "", version: "v1", kind: "Foo", resource: "foos", namespaced: true };
    const list = client.dynamic(foo).list();
    await assert.rejects(
      list,
      api(404, /could not find the requested resource: it serves no foos/),
    );
  });

  for (const way of ["in process", "REST"] as const) {
    it(`of requests whose values are of other types, ${way}`, async () => {
      const isOwn = way === "in process";
      const client = isOwn
        ? cluster.client
        : await connect(await cluster.kubeconfig(), { transport: "rest" });
      const maps = client.inNamespace(namespace).resource(resources.configmaps);
      for (const [name, value] of Object.entries({
        ...{ limit: "5", labelSelector: 5, fieldSelector: {}, resourceVersion: 5, continue: 1 },
        ...{ timeoutSeconds: "5", timeoutMilliseconds: "5", namespace: 5, resourceVersionMatch: 1 },
      })) {
        const refused = api(400, new RegExp(`list: ${name}: .* is not `));
        await assert.rejects(maps.list(mistake({ [name]: value })), refused);
      }
      const metadata = { name: "a" };
      for (const [name, value] of Object.entries({
        ...{ dryRun: "All", fieldManager: 5, fieldValidation: true },
      })) {
        const refused = api(400, new RegExp(`create: ${name}: .* is not `));
        await assert.rejects(maps.create({ metadata }, mistake({ [name]: value })), refused);
      }
      for (const [name, value] of Object.entries({
        ...{ gracePeriodSeconds: "0", propagationPolicy: 5, preconditions: "uid", dryRun: 1 },
      })) {
        const refused = api(400, new RegExp(`delete: ${name}: .* is not `));
        await assert.rejects(maps.delete("a", mistake({ [name]: value })), refused);
      }
      const own: { self?: object } = {};
      own.self = own;
      const bodies: readonly (readonly [unknown, RegExp])[] = [
        [own, /the object cannot be sent: Converting circular structure to JSON/],
        [{ a: 5n }, /the object cannot be sent: Do not know how to serialize a BigInt/],
        [{ a: 5 }, /cannot unmarshal number into Go struct field ConfigMap.data of type string/],
        [["a"], /cannot unmarshal array into Go struct field ConfigMap.data of type map/],
      ];
      for (const [data, words] of bodies) {
        const object = mistake<{ metadata: object }>({ metadata, data });
        await assert.rejects(maps.create(object), api(400, words));
        const patch = maps.patch("kube-root-ca.crt", patches.merge({ data }));
        await assert.rejects(patch, /cannot be sent|cannot unmarshal/);
      }
      await assert.rejects(
        client.rawJson("/healthz"),
        api(400, /the response of \/healthz is not JSON/),
      );
      if (!isOwn) client.close();
    });
  }

  it("of waiting", async () => {
    const pods = cluster.client.resource(resources.pods);
    await assert.rejects(
      waitUntil(pods, "w", mistake(undefined)),
      option("holds", /not a function/),
    );
    await assert.rejects(
      waitUntil(pods, "w", () => true),
      option("namespace", /neither the opt/),
    );
    const misspelt = waitUntil(pods, "w", () => true, mistake({ timeout: 5 }));
    await assert.rejects(misspelt, option("timeout", /no such option/));
    const own = cluster.client.inNamespace("kube-system").resource(resources.configmaps);
    const found = await waitUntil(own, "kube-root-ca.crt", (one) => one !== undefined);
    assert.equal(found?.metadata?.namespace, "kube-system");
  });

  it("of an election in a namespace that is not there", async () => {
    const elector = leaderElector(cluster.client, electing({ namespace: "none" }));
    await assert.rejects(elector.run(), api(404, /namespaces "none" not found/));
  });

  it("of a wait for informers that nobody started", async () => {
    const factory = informerFactory(cluster.client);
    assert.equal(await factory.waitForSync(), true);
    factory.informer(resources.pods);
    const notStarted = option("start", /the informer of pods does not run: call start\(signal\)/);
    await assert.rejects(factory.waitForSync(), notStarted);
    const over = new AbortController();
    factory.start(over.signal);
    assert.equal(await factory.waitForSync(), true);
    factory.informer(resources.nodes);
    await assert.rejects(factory.waitForSync(), option("start", /the informer of nodes/));
    over.abort();
    await factory.stopped();
  });

  it("of workers and events", async () => {
    const run = runWorkers(mistake(undefined));
    await assert.rejects(run, option("options", /undefined is not an object/));
    const missing = runWorkers(mistake({ queue: workQueue("a"), workers: 1 }));
    await assert.rejects(missing, option("sync", /it is missing/));
    const recorder = eventRecorder(cluster.client, { component: "a" });
    const about = { kind: "Pod", namespace, name: "a" };
    const event =
      (...args: unknown[]) =>
      () =>
        recorder.event(...(args as Parameters<typeof recorder.event>));
    assert.throws(event(), option("about", /undefined is not a reference/));
    assert.throws(event({ name: "a" }, "Normal", "A", "b"), option("about.kind", /undefined is/));
    assert.throws(event(about, "Error", "A", "b"), option("type", /"Error" is not "Normal" or/));
    assert.throws(event(about, "Normal", "", "b"), option("reason", /"" is not a text that/));
    assert.throws(event(about, "Normal", "A"), option("message", /undefined is not a text/));
  });

  it("of whatever is left when a cluster stops, at once", async () => {
    const stopped = await Cluster.start({ nodes: 1 });
    const { client } = stopped;
    const { signal } = new AbortController();
    const pods = client.resource(resources.pods);
    const factory = informerFactory(client);
    factory.informer(resources.pods);
    factory.start(signal);
    await factory.waitForSync(signal);
    const running = [
      pods.watch()[Symbol.asyncIterator]().next(),
      waitUntil(pods, "w", () => false, { namespace }),
      leaderElector(client, electing()).run(signal),
    ].map((one) => assert.rejects(one, api(503, /closed/)));
    await pods.list();
    await stopped.stop();
    await Promise.all(running);
    await factory.stopped();
    const late = informerFactory(client);
    late.informer(resources.pods);
    late.start(signal);
    await assert.rejects(late.waitForSync(signal), api(503, /closed, or the cluster/));
    await assert.rejects(leaderElector(client, electing()).run(signal), api(503, /closed/));
    await assert.rejects(pods.list(), api(503, /closed/));
    await assert.rejects(pods.watch()[Symbol.asyncIterator]().next(), api(503, /closed/));
    await assert.rejects(pods.exec("a", ["b"], { namespace }), api(503, /closed/));
    await assert.rejects(client.raw({ path: "/version" }), api(503, /closed/));
  });
});
