import assert from "node:assert/strict";
import {
  ApiError,
  type Client,
  Cluster,
  CommandError,
  connect,
  resources,
  type SimulationOptions,
  type types,
  waitUntil,
} from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const namespace = "default";
const prefix = "simulation.steersman.dev";

const simulation: SimulationOptions = {
  jobRunSeconds: 0,
  run: ({ name }) => (name === "short" ? { seconds: 0, exitCode: 7 } : undefined),
  log: ({ name, image }) => {
    if (name === "talker") return talk();
    return name === "endless" ? count() : `${name} of ${image}\nis up`;
  },
  exec: async ({ command, stdin, container, signal }) => {
    if (command[0] === "cat") {
      let text = "";
      for await (const part of stdin) text += Buffer.from(part).toString();
      return { stdout: text.toUpperCase() };
    }
    if (command[0] === "big") return { stdout: Buffer.alloc(3_000_000, "x") };
    if (command[0] === "throw") throw new Error("no such file");
    if (command[0] === "wait") {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      stopped();
    }
    return { stdout: `${container.name}: ${command.join(" ")}\n`, stderr: "hm\n", exitCode: 3 };
  },
};
let stopped: () => void = () => undefined;
let more: () => void = () => undefined;

async function* talk(): AsyncIterable<string> {
  yield "one";
  for (;;) {
    await new Promise<void>((resolve) => {
      more = resolve;
    });
    yield "two";
  }
}

function* count(): Iterable<string> {
  for (let number = 0; ; number++) yield `line ${number}`;
}

function refusal(code: number, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.match(error.message, words);
    assert.equal(error.code, code, error.message);
    return true;
  };
}

describe("what simulated pods do", () => {
  let cluster: Cluster;
  let remote: Client;
  before(async () => {
    cluster = await Cluster.start({ securePort: 0, simulation });
    remote = await connect(await cluster.kubeconfig(), { transport: "rest", namespace });
  });
  after(async () => {
    remote.close();
    await cluster.stop();
  });

  async function running(
    name: string,
    annotations: Record<string, string> = {},
    container = name,
  ): Promise<types.coreV1.Pod> {
    const pods = cluster.client.resource(resources.pods);
    const containers = [{ name: container, image: "registry.local/a:1" }];
    await pods.create({ metadata: { name, namespace, annotations }, spec: { containers } });
    const pod = await waitUntil(pods, name, (one) => one?.status?.phase === "Running", {
      namespace,
    });
    return pod as types.coreV1.Pod;
  }

  it("Jobs complete, and fail by annotation", async () => {
    const jobs = cluster.client.resource(resources.jobs);
    const job = (name: string, annotations: Record<string, string>) =>
      jobs.create({
        metadata: { name, namespace },
        spec: {
          backoffLimit: 0,
          template: {
            metadata: { annotations },
            spec: { restartPolicy: "Never", containers: [{ name: "c", image: "a:1" }] },
          },
        },
      });
    await job("ends", {});
    await job("fails", { [`${prefix}/exit-code`]: "4" });
    await waitUntil(jobs, "ends", (one) => one?.status?.succeeded === 1, { namespace });
    await waitUntil(jobs, "fails", (one) => one?.status?.failed === 1, { namespace });
  });

  it("a container ends as the function says", async () => {
    const pods = cluster.client.resource(resources.pods);
    const containers = [{ name: "short", image: "a:1" }];
    const spec = { restartPolicy: "Never", containers };
    await pods.create({ metadata: { name: "short", namespace }, spec });
    const isOver = (pod: types.coreV1.Pod | undefined) => pod?.status?.phase === "Failed";
    const pod = await waitUntil(pods, "short", isOver, { namespace });
    assert.equal(pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 7);
  });

  it("an annotation that makes no sense is said where people look", async () => {
    const pods = cluster.client.resource(resources.pods);
    const annotations = { [`${prefix}/run-seconds`]: "soon" };
    const containers = [{ name: "c", image: "a:1" }];
    await pods.create({ metadata: { name: "bad", namespace, annotations }, spec: { containers } });
    const failed = (pod: types.coreV1.Pod | undefined) => {
      const status = pod?.status?.containerStatuses?.[0];
      return status?.lastState?.terminated ?? status?.state?.terminated;
    };
    const hasFailed = (pod: types.coreV1.Pod | undefined) => failed(pod) !== undefined;
    const { reason, message } =
      failed(await waitUntil(pods, "bad", hasFailed, { namespace })) ?? {};
    assert.equal(reason, "StartError");
    assert.match(message ?? "", /annotation simulation.steersman.dev\/run-seconds: "soon" is not/);
  });

  for (const way of ["in process", "over REST"]) {
    const pods = () =>
      (way === "in process" ? cluster.client.inNamespace(namespace) : remote).resource(
        resources.pods,
      );
    const named = (name: string): string => `${name}-${way.replace(" ", "-").toLowerCase()}`;

    it(`logs: ${way}`, async () => {
      await running(named("web"), {}, "web");
      assert.equal(await pods().log(named("web")), "web of registry.local/a:1\nis up\n");
      assert.equal(await pods().log(named("web"), { tailLines: 1 }), "is up\n");
      await running(named("said"), { [`${prefix}/log`]: "by annotation" });
      assert.equal(await pods().log(named("said")), "by annotation\n");
      const endless = await running(named("endless"), {}, "endless");
      const text = await pods().log(endless.metadata.name ?? "");
      assert.ok(text.length > 100_000 && text.length < 1_000_000, String(text.length));
      const [first = ""] = (await pods().log(named("web"), { timestamps: true })).split("\n");
      assert.match(first, /^\d{4}-\d\d-\d\dT[\d:.]+Z web of/);
      await assert.rejects(pods().log("none"), refusal(404, /"none" not found/));
      const other = pods().log(named("web"), { container: "other" });
      await assert.rejects(other, refusal(400, /container other is not valid/));
    });

    it(`follows logs until the container ends: ${way}`, async () => {
      const name = named("talker");
      await running(name, {}, "talker");
      const lines: string[] = [];
      for await (const line of pods().logLines(name, { follow: true })) {
        lines.push(line);
        if (line === "one") more();
        if (line === "two") await pods().delete(name, { gracePeriodSeconds: 0 });
      }
      assert.deepEqual(lines, ["one", "two"]);
    });

    it(`exec: ${way}`, async () => {
      const name = named("run");
      await running(name);
      const failed = (await pods().exec(name, ["a", "b"])).output();
      await assert.rejects(failed, (error: unknown) => {
        assert.ok(error instanceof CommandError, String(error));
        const { exitCode, stdout, stderr } = error;
        const output = { exitCode: 3, stdout: `${name}: a b\n`, stderr: "hm\n" };
        assert.deepEqual({ exitCode, stdout, stderr }, output);
        assert.equal(error.message, '"a b" ended with exit code 3: hm');
        return true;
      });
      const big = await (await pods().exec(name, ["big"])).output();
      assert.equal(big.stdout.length, 3_000_000);
      const cat = await pods().exec(name, ["cat"], { stdin: true });
      cat.stdin.write("some ");
      cat.stdin.write("x".repeat(1_000_000));
      const { stdout } = await cat.output();
      assert.equal(stdout, `SOME ${"X".repeat(1_000_000)}`);
      const thrown = (await pods().exec(name, ["throw"])).output();
      await assert.rejects(thrown, refusal(500, /no such file/));
    });

    it(`exec with a terminal, and its size: ${way}`, async () => {
      const name = named("terminal");
      await running(name);
      const streams = await pods().exec(name, ["a"], { tty: true });
      streams.resize(80, 24);
      assert.throws(() => streams.resize(0, 24), refusal(400, /0 is not a whole number/));
      let text = "";
      for await (const part of streams.stdout as AsyncIterable<Buffer>) text += part.toString();
      assert.equal(text, `${name}: a\nhm\n`);
      assert.equal(await streams.exitCode, 3);
    });

    it(`an aborted exec ends on both sides: ${way}`, async () => {
      const name = named("abort");
      await running(name);
      const gone = new Promise<void>((resolve) => {
        stopped = resolve;
      });
      const abort = new AbortController();
      const streams = await pods().exec(name, ["wait"], { signal: abort.signal });
      const reason = new Error("enough");
      abort.abort(reason);
      await assert.rejects(streams.exitCode, reason);
      await assert.rejects(streams.output(), reason);
      await gone;
      const late = pods().exec(name, ["wait"], { signal: AbortSignal.abort(reason) });
      await assert.rejects(late, reason);
    });

    it(`attach shows what is written until the container ends: ${way}`, async () => {
      const name = named("attached");
      await running(name, {}, "talker");
      const streams = await pods().attach(name);
      let text = "";
      streams.stdout.on("data", (part) => {
        text += String(part);
      });
      streams.stderr.resume();
      while (text === "") {
        more();
        await nodePlatform.clock.sleep(5);
      }
      await pods().delete(name, { gracePeriodSeconds: 0 });
      await streams.exitCode;
      assert.match(text, /^(two\n)+$/);
      assert.equal(await streams.exitCode, 0);
    });

    it(`refuses what cannot be, at once: ${way}`, async () => {
      const name = named("refuse");
      await running(name);
      await assert.rejects(pods().exec("none", ["a"]), refusal(404, /"none" not found/));
      const other = pods().exec(name, ["a"], { container: "other" });
      await assert.rejects(other, refusal(400, /container other is not valid/));
      await assert.rejects(pods().exec(name, []), refusal(400, /needs a command/));
      const word = "ls" as unknown as string[];
      await assert.rejects(pods().exec(name, word), refusal(400, /needs a command: a list/));
      await assert.rejects(pods().portForward(name, 80), refusal(500, /has no ports/));
      await assert.rejects(pods().portForward(name, -1), refusal(400, /-1 is no port/));
    });
  }

  it("says which option is missing", async () => {
    const pods = cluster.client.resource(resources.pods);
    await assert.rejects(
      pods.exec("a", ["b"]),
      refusal(400, /exec: pods need a namespace.*option/),
    );
    await assert.rejects(pods.log("a"), refusal(400, /log: pods need a namespace/));
    const maps = cluster.client.inNamespace(namespace).resource(resources.configmaps);
    await assert.rejects(maps.exec("a", ["b"]), refusal(400, /configmaps have none, pods do/));
    assert.throws(() => cluster.client.inNamespace("A B"), refusal(400, /no name of a namespace/));
  });

  it("a namespace of the client's own is for what needs one", async () => {
    const client = cluster.client.inNamespace(namespace);
    assert.equal(client.namespace, namespace);
    const maps = client.resource(resources.configmaps);
    await maps.create({ metadata: { name: "own" }, data: { a: "b" } });
    assert.equal((await maps.get("own")).metadata?.namespace, namespace);
    await maps.patch("own", { type: "merge", body: { data: { c: "d" } } });
    const all = await maps.list({ labelSelector: "" });
    assert.ok(all.items.some((one) => one.metadata?.namespace === "kube-system"));
    const other = maps.get("own", { namespace: "kube-system" });
    await assert.rejects(other, refusal(404, /not found/));
    await maps.delete("own");
  });

  it("a node's kubelet answers the API server's proxy", async () => {
    const node = "/api/v1/nodes/node-0/proxy";
    const text = async (path: string): Promise<string> => {
      const answer = await cluster.client.raw({ path: `${node}${path}` });
      return `${answer.status} ${Buffer.from(await answer.readAll()).toString()}`;
    };
    assert.equal(await text("/healthz"), "200 ok");
    assert.match(await text("/pods"), /^200 \{"kind":"PodList"/);
    assert.match(await text("/metrics"), /^404 /);
  });
});
