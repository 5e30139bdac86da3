/**
 * Starts a cluster with a real node in this process, runs a pod there, and asks for its streams
 * over each way that a client has: `podStreamsProgram DATA_DIRECTORY IMAGE_ARCHIVE IMAGE`, in a
 * network of its own. Ends with 0 where all is as it should be, and says each check on a line.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { chooseNodes } from "../../../lib/cmd/steersman/chooseNodes.js";
import {
  ApiError,
  type Client,
  Cluster,
  CommandError,
  connect,
  type ResourceClient,
  resources,
  type types,
  waitUntil,
} from "../../../lib/index.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const [dataDirectory = "", archive = "", image = ""] = process.argv.slice(2);
const steersman = new URL("../../../bundle/cmd/bin/steersman.js", import.meta.url);
const serviceRange = "10.96.0.0/12";
const clusterCidr = "10.244.0.0/16";
const namespace = "default";
const bigBytes = 5_000_000;
const podName = "talker";
const run = promisify(execFile);

type Pods = ResourceClient<types.coreV1.Pod>;

/** Serves a page, and answers each line of its input. */
const script =
  "httpd -p 8000 -h /www; nc -ll -p 9000 -e cat & echo started; " +
  'while read line; do echo "heard $line"; echo "erred $line" >&2; done';

const pod: types.coreV1.Pod = {
  metadata: { name: podName, namespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "main", image, command: ["sh", "-c", script], stdin: true }],
  },
};

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** Reads until the words have come, and leaves the rest. */
async function untilSaid(stream: Readable, words: string): Promise<void> {
  let text = "";
  while (!text.includes(words)) {
    const [part] = (await once(stream, "data")) as [Buffer];
    text += part.toString("utf8");
  }
}

const checks: Readonly<Record<string, (pods: Pods, way: string) => Promise<void>>> = {
  "exec gives both outputs": async (pods) => {
    const streams = await pods.exec(podName, ["sh", "-c", "echo out; echo err >&2"]);
    assert.deepEqual(await streams.output(), { stdout: "out\n", stderr: "err\n" });
    assert.equal(await streams.exitCode, 0);
  },
  "exec gives the exit code": async (pods) => {
    const streams = await pods.exec(podName, ["sh", "-c", "echo why >&2; exit 7"]);
    await assert.rejects(streams.output(), (error) => {
      assert.ok(error instanceof CommandError, String(error));
      assert.deepEqual([error.exitCode, error.stderr], [7, "why\n"]);
      return true;
    });
  },
  "exec passes megabytes on, and the end of input": async (pods) => {
    const streams = await pods.exec(podName, ["cat"], { stdin: true });
    const bytes = Buffer.alloc(bigBytes, "steersman\n");
    streams.stderr.resume();
    streams.stdin.end(bytes);
    const back = await textOf(streams.stdout);
    assert.ok(back === bytes.toString("utf8"), `${back.length} bytes came back`);
    assert.equal(await streams.exitCode, 0);
  },
  "exec has a terminal": async (pods) => {
    const streams = await pods.exec(podName, ["sh", "-c", "echo out; echo err >&2"], { tty: true });
    streams.resize(80, 25);
    assert.deepEqual(await streams.output(), { stdout: "out\r\nerr\r\n", stderr: "" });
  },
  "exec is cut by its signal": async (pods) => {
    const abort = new AbortController();
    const streams = await pods.exec(podName, ["sleep", "1000"], { signal: abort.signal });
    const over = new Error("enough");
    abort.abort(over);
    await assert.rejects(streams.exitCode, (error) => error === over);
  },
  "attach hears and is heard": async (pods, way) => {
    const streams = await pods.attach(podName, { stdin: true });
    const said = Promise.all([
      untilSaid(streams.stdout, `heard ${way}\n`),
      untilSaid(streams.stderr, `erred ${way}\n`),
    ]);
    streams.stdin.write(`${way}\n`);
    await said;
    streams.close();
  },
  "logs are whole, cut, and followed": async (pods, way) => {
    assert.match(await pods.log(podName), /^started\n/);
    assert.equal(await pods.log(podName, { limitBytes: 5 }), "start");
    assert.match(await pods.log(podName, { timestamps: true }), /^\d{4}-\d\d-\d\dT\S+ started\n/);
    const lines = pods.logLines(podName, { follow: true });
    const streams = await pods.attach(podName, { stdin: true });
    for (const output of [streams.stdout, streams.stderr]) output.resume();
    streams.stdin.write(`more from ${way}\n`);
    for await (const line of lines) if (line === `heard more from ${way}`) break;
    streams.close();
  },
  "a port is forwarded": async (pods) => {
    const connection = await pods.portForward(podName, 8000);
    connection.write("GET /cgi-bin/who HTTP/1.0\r\n\r\n");
    assert.match(await textOf(connection), new RegExp(`^${podName} sees \\S*127\\.0\\.0\\.1`, "m"));
  },
  "a forwarded port carries megabytes both ways": async (pods) => {
    const connection = await pods.portForward(podName, 9000);
    const bytes = Buffer.alloc(bigBytes, "port\n");
    connection.write(bytes);
    let length = 0;
    for await (const part of connection) {
      length += (part as Buffer).length;
      if (length === bytes.length) break;
    }
    assert.equal(length, bytes.length);
    connection.destroy();
  },
  "a port that nobody listens on is told": async (pods) => {
    const connection = await pods.portForward(podName, 81);
    await assert.rejects(textOf(connection), /refused/);
  },
  "mistakes are told": async (pods) => {
    const told = (code: number, words: RegExp) => (error: unknown) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.match(error.message, words);
      assert.equal(error.code, code);
      return true;
    };
    const nobody = /pods "nobody" not found/;
    await assert.rejects(pods.exec("nobody", ["true"]), told(404, nobody));
    await assert.rejects(pods.attach("nobody"), told(404, nobody));
    await assert.rejects(pods.portForward("nobody", 80), told(404, nobody));
    await assert.rejects(pods.log("nobody"), told(404, nobody));
    const container = /container x is not valid for pod talker/;
    await assert.rejects(pods.exec(podName, ["true"], { container: "x" }), told(400, container));
    await assert.rejects(pods.log(podName, { container: "x" }), told(400, container));
    const missing = await pods.exec(podName, ["no-such-command"]);
    await assert.rejects(missing.output(), /no-such-command/);
  },
};

async function checkAll(cluster: Cluster): Promise<void> {
  const kubeconfig = await cluster.kubeconfig();
  const rest = await connect(kubeconfig, { transport: "rest" });
  const auto = await connect(kubeconfig);
  const ways: readonly [string, Client][] = [
    ["in process", cluster.client],
    ["REST", rest],
    [auto.transport === "rpc" ? "gRPC" : "whatever the server offers", auto],
  ];
  const created = await cluster.client.resource(resources.pods).create(pod);
  const all = cluster.client.inNamespace(namespace).resource(resources.pods);
  const { name = "" } = created.metadata ?? {};
  await waitUntil(all, name, (one) => one?.status?.phase === "Running", {
    timeoutMilliseconds: 200_000,
  });
  const web = ["sh", "-c", "until nc -w 1 127.0.0.1 9000 < /dev/null; do sleep 0.1; done"];
  await (await all.exec(name, web)).output();
  for (const [way, client] of ways) {
    for (const [what, check] of Object.entries(checks)) {
      await check(client.inNamespace(namespace).resource(resources.pods), way);
      process.stdout.write(`${way}: ${what}\n`);
    }
  }
  rest.close();
  auto.close();
}

const choice = await chooseNodes({
  ...{ platform: nodePlatform, logger: silentLogger, runtime: "containerd", nodes: 1 },
  ...{
    script: steersman.href,
    dataDirectory,
    nodeCidr: "10.243.0.0/24",
    clusterCidr,
    serviceRange,
  },
  clusterDns: { kind: "none" },
  say: () => undefined,
});
const { real } = choice;
assert.ok(real !== undefined, choice.why);
let cluster: Cluster | undefined;
try {
  cluster = await Cluster.start({
    ...{ nodes: 0, nodeNetworkAddress: real.address, dataDirectory, securePort: 0, grpcPort: 0 },
    ...{ serviceClusterIpRange: serviceRange, clusterCidr },
  });
  await real.start(cluster, new AbortController().signal);
  const load = [steersman.pathname, "load-image", "--data-dir", dataDirectory, archive];
  await run(process.execPath, load);
  await checkAll(cluster);
} finally {
  await real.stop();
  await cluster?.stop();
}
