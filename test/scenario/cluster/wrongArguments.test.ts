import assert from "node:assert/strict";
import * as steersman from "../../../lib/index.js";

const { ApiError, Cluster, ClusterError, ConfigError, OptionError, resources } = steersman;

type Anything = (...args: readonly unknown[]) => unknown;

/** What a program without types may give for any argument. */
const wrong: readonly (readonly [name: string, value: unknown])[] = [
  ...([["undefined", undefined] as const, ["null", null] as const, ["{}", {}] as const] as const),
  ...[["5", 5] as const, ["[]", []] as const, ["an unknown option", { nosuch: 1 }] as const],
];

/** One function with the arguments that it takes, and those of `wrong` that it takes for each. */
interface Target {
  readonly call: Anything;
  readonly args: readonly unknown[];
  /** By the argument's place; `any` where every value is one. */
  readonly takes: readonly (readonly string[] | "any")[];
}

const target = (call: unknown, ...parameters: readonly [unknown, ...string[]][]): Target => ({
  call: call as Anything,
  args: parameters.map(([value]) => value),
  takes: parameters.map(([, ...takes]) => (takes[0] === "any" ? "any" : takes)),
});

/** A class's constructor as a function. */
const making =
  (made: unknown): Anything =>
  (...args) =>
    Reflect.construct(made as new () => unknown, [...args]);

const method = (of: object, name: string): Anything => {
  const found = Reflect.get(of, name) as Anything;
  assert.equal(typeof found, "function", name);
  return (...args) => found.apply(of, args as unknown[]);
};

function isTyped(error: unknown): boolean {
  return [ApiError, ClusterError, ConfigError, OptionError].some((one) => error instanceof one);
}

/** So long a mistake may take to be told before it counts as a hang. */
const patienceMilliseconds = 10_000;

/** As `failureOf`, or that it hangs. */
async function failureOrHang(call: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise((resolve) => {
    timer = setTimeout(() => resolve("it hangs"), patienceMilliseconds);
  });
  try {
    return await Promise.race([failureOf(call), hangs]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves with what it threw or rejected with; async iterables are asked for their first. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    const iterable = result as AsyncIterable<unknown> | undefined;
    if (typeof iterable?.[Symbol.asyncIterator] !== "function") return undefined;
    await iterable[Symbol.asyncIterator]().next();
    return undefined;
  } catch (error) {
    return error;
  }
}

const namespace = "default";
const here = { namespace };
const options = (value: unknown = here): [unknown, ...string[]] => [value, "undefined", "{}"];
const own: [unknown, ...string[]] = ["a"];
const signal = new AbortController().signal;
const aborted = AbortSignal.abort();

describe("wrong arguments are told at once, by a typed error", () => {
  let cluster: steersman.Cluster;
  let targets: Readonly<Record<string, Target>>;
  const queue = steersman.workQueue("wrong");

  before(async () => {
    cluster = await Cluster.start({ nodes: 0, dns: { listen: [] } });
    targets = { ...exported(), ...ofClients(), ...ofParts() };
  });
  after(async () => {
    queue.shutDown();
    await cluster.stop();
  });

  function exported(): Record<string, Target> {
    const { client } = cluster;
    const pods = client.resource(resources.pods);
    const pod = { metadata: { name: "a", namespace } };
    const election = { ...{ namespace, leaseName: "a", identity: "b" } };
    const elect = { ...election, onStartedLeading: async () => undefined };
    const merge = target(steersman.patches.merge, [{}, "{}", "an unknown option"]);
    return {
      "Cluster.start": target(Cluster.start.bind(Cluster), options({ nosuch: 1 })),
      Cluster: target(making(Cluster), [{}], [{}, "any"]),
      ApiError: target(making(ApiError), [{}, "{}", "[]", "an unknown option"]),
      CommandError: target(
        making(steersman.CommandError),
        ...([
          [["ls"], "[]"],
          [1, "any"],
        ] as [unknown, ...string[]][]),
        [{ stdout: "", stderr: "" }],
      ),
      ClusterError: target(making(ClusterError), ["Stopped", "any"], ["", "any"], ["", "any"]),
      ConfigError: target(making(ConfigError), ["", "any"]),
      OptionError: target(making(OptionError), ["", "any"], ["", "any"]),
      connect: target(steersman.connect, ["a"], [{ nosuch: 1 }, "undefined", "{}"]),
      eventRecorder: target(steersman.eventRecorder, [client], [{ component: "a" }]),
      hasReason: target(steersman.hasReason, [undefined, "any"]),
      informerFactory: target(steersman.informerFactory, [client], options({})),
      jsonPointer: target(steersman.jsonPointer, ["a", "5"]),
      leaderElector: target(steersman.leaderElector, [client], [elect]),
      objectKey: target(steersman.objectKey, [pod, "{}", "[]", "an unknown option"]),
      objectReference: target(
        steersman.objectReference,
        [resources.pods],
        [pod, "{}", "[]", "an unknown option"],
      ),
      "patches.merge": merge,
      "patches.strategic": { ...merge, call: steersman.patches.strategic as Anything },
      "patches.apply": { ...merge, call: steersman.patches.apply as Anything },
      "patches.json": target(steersman.patches.json, [{ op: "remove", path: "/a" }]),
      runWorkers: target(steersman.runWorkers, [
        { queue, workers: 1, sync: async () => undefined },
      ]),
      splitKey: target(steersman.splitKey, ["a/b"]),
      waitUntil: target(
        steersman.waitUntil,
        ...([[pods], own, [() => true]] as [unknown, ...string[]][]),
        [here, "undefined", "{}"],
      ),
      workQueue: target(steersman.workQueue, own, options({})),
    };
  }

  function ofClients(): Record<string, Target> {
    const { client } = cluster;
    const pods = client.resource(resources.pods);
    const object: [unknown, ...string[]] = [{}, "{}", "an unknown option"];
    const body = object;
    const patch: [unknown] = [steersman.patches.merge({})];
    const type: [unknown] = [resources.pods];
    const made: Record<string, Target> = {
      "client.resource": target(method(client, "resource"), type),
      "client.dynamic": target(method(client, "dynamic"), type),
      "client.metadata": target(method(client, "metadata"), type),
      "client.inNamespace": target(method(client, "inNamespace"), own),
      "client.raw": target(method(client, "raw"), [{ path: "/nosuch" }]),
      "client.rawJson": target(method(client, "rawJson"), ["/nosuch"]),
    };
    const verbs: Readonly<Record<string, readonly [unknown, ...string[]][]>> = {
      get: [own],
      list: [],
      listPages: [],
      watch: [],
      create: [object],
      update: [object],
      updateStatus: [object],
      patch: [own, patch],
      patchStatus: [own, patch],
      delete: [own],
      deleteCollection: [],
      getScale: [own],
      updateScale: [own, body],
      bind: [body],
      evict: [body],
      createToken: [own, body],
      approve: [object],
      finalize: [object],
      getSubresource: [own, ["status"]],
      createSubresource: [own, ["binding"], body],
      updateSubresource: [own, ["status"], body],
      patchSubresource: [own, ["status"], patch],
      log: [own],
      logLines: [own],
      exec: [own, [["ls"]]],
      attach: [own],
      portForward: [own, [80, "5"]],
    };
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(pods) as object)) {
      if (name === "constructor" || typeof Reflect.get(pods, name) !== "function") continue;
      const parameters = verbs[name];
      assert.ok(parameters !== undefined, `${name} stands in no row`);
      made[`pods.${name}`] = target(method(pods, name), ...parameters, options());
    }
    return made;
  }

  function ofParts(): Record<string, Target> {
    const { client } = cluster;
    const factory = steersman.informerFactory(client);
    const informer = factory.informer(resources.pods, here);
    const lister = factory.lister(resources.pods, here);
    const recorder = steersman.eventRecorder(client, { component: "a", signal: aborted });
    const elector = steersman.leaderElector(client, {
      ...{ namespace, leaseName: "a", identity: "b", onStartedLeading: async () => undefined },
    });
    const about = { kind: "Pod", name: "a", namespace };
    const type: [unknown] = [resources.pods];
    const key: [unknown] = ["a"];
    return {
      "cluster.addNode": target(method(cluster, "addNode"), [{ nosuch: 1 }, "undefined", "{}"]),
      "cluster.clientAs": target(method(cluster, "clientAs"), [{ name: "a" }], ["a", "undefined"]),
      "cluster.dns.resolve": target(method(cluster.dns as object, "resolve"), [new Uint8Array()]),
      "factory.informer": target(method(factory, "informer"), type, options()),
      "factory.dynamicInformer": target(method(factory, "dynamicInformer"), type, options()),
      "factory.metadataInformer": target(method(factory, "metadataInformer"), type),
      "factory.lister": target(method(factory, "lister"), type, options()),
      "factory.start": target(method(factory, "start"), [signal]),
      "factory.waitForSync": target(method(factory, "waitForSync"), [aborted]),
      "informer.addEventHandler": target(method(informer, "addEventHandler"), [
        { onAdd: () => undefined },
      ]),
      "informer.run": target(method(informer, "run"), [aborted]),
      "informer.waitForSync": target(method(informer, "waitForSync"), [aborted, "undefined"]),
      "lister.get": target(method(lister, "get"), key, [namespace, "undefined"]),
      "lister.list": target(
        method(lister, "list"),
        [namespace, "undefined"],
        [() => true, "undefined"],
      ),
      "queue.add": target(method(queue, "add"), key),
      "queue.addAfter": target(method(queue, "addAfter"), key, [1, "5"]),
      "queue.addRateLimited": target(method(queue, "addRateLimited"), key),
      "recorder.event": target(
        method(recorder, "event"),
        ...([[about], ["Normal"], ["Because"], ["so"]] as [unknown][]),
        [{}, "undefined", "{}"],
      ),
      "elector.run": target(method(elector, "run"), [aborted, "undefined"]),
    };
  }

  it("of everything that is exported", () => {
    const missing = Object.entries(steersman)
      .filter(([name]) => !/V\d/.test(name))
      .filter(([, value]) => typeof value === "function")
      .map(([name]) => name)
      .filter((name) => targets[name] === undefined);
    assert.deepEqual(missing, []);
  });

  it("in every place", async () => {
    const bad: string[] = [];
    for (const [name, { call, args, takes }] of Object.entries(targets)) {
      for (const [place, taken] of takes.entries()) {
        if (taken === "any") continue;
        for (const [shown, value] of wrong) {
          if (taken.includes(shown)) continue;
          const given = args.map((one, index) => (index === place ? value : one));
          const error = await failureOrHang(() => call(...given));
          if (isTyped(error)) continue;
          const said = error === undefined ? "nothing" : String(error);
          bad.push(`${name}, argument ${place + 1} is ${shown}: ${said}`);
        }
      }
    }
    assert.deepEqual(bad, []);
  });
});
