import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Cluster, patches, resources, waitUntil } from "../../lib/index.js";
import { FreshFolder } from "./freshFolder.js";

/** An example's program that runs until it is told to stop. */
class Program {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown[]>;
  #heard: () => void = () => undefined;

  constructor(file: string, directory: string, environment: Readonly<Record<string, string>>) {
    const env = { ...process.env, ...environment };
    const stdio = ["ignore", "pipe", "pipe"] as const;
    this.#child = spawn(process.execPath, [file], { cwd: directory, env, stdio: [...stdio] });
    this.#ended = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on("line", (line) => {
        this.#lines.push(line);
        this.#heard();
      });
    }
  }

  get output(): string {
    return this.#lines.join("\n");
  }

  /** Resolves when a line matches; rejects when the program ends before. */
  async says(words: RegExp): Promise<void> {
    let isOver = false;
    const over = this.#ended.then(() => {
      isOver = true;
    });
    while (!this.#lines.some((line) => words.test(line))) {
      assert.ok(!isOver, `it ended: ${this.output}`);
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([heard, over]);
    }
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<unknown> {
    this.#child.kill("SIGTERM");
    const [code] = await this.#ended;
    return code;
  }

  cut(): void {
    this.#child.kill("SIGKILL");
  }
}

describe("the examples, with the packed package", function () {
  this.timeout(300_000);
  const folder = new FreshFolder();
  /** They come with the package. */
  const packed = (): string => folder.path("node_modules/steersman/examples");
  const programs: Program[] = [];
  let cluster: Cluster;
  let kubeconfig: string;

  before(async function () {
    const missing = await folder.install();
    if (missing !== undefined) {
      process.stdout.write(`  skipped: ${missing}\n`);
      this.skip();
    }
    for (const example of readdirSync(packed())) {
      for (const file of readdirSync(`${packed()}/${example}`)) {
        folder.write(`${example}/${file}`, readFileSync(`${packed()}/${example}/${file}`, "utf8"));
      }
    }
    cluster = await Cluster.start({ nodes: 0, securePort: 0 });
    folder.write("kubeconfig", await cluster.kubeconfig());
    kubeconfig = folder.path("kubeconfig");
  });
  after(async () => {
    for (const program of programs) program.cut();
    await cluster?.stop();
    folder.remove();
  });

  function start(file: string, environment: Readonly<Record<string, string>> = {}): Program {
    const [example = "", name = ""] = file.split("/");
    const program = new Program(name, folder.path(example), {
      KUBECONFIG: kubeconfig,
      ...environment,
    });
    programs.push(program);
    return program;
  }

  it("an operator, in sixty lines, keeps copies as they are wanted", async () => {
    const text = readFileSync(`${packed()}/operator/operator.mjs`, "utf8");
    assert.ok(text.trimEnd().split("\n").length <= 60);
    const operator = start("operator/operator.mjs");
    const maps = cluster.client.resource(resources.configmaps);
    const namespaces = cluster.client.resource(resources.namespaces);
    for (const name of ["one", "two"]) await namespaces.create({ metadata: { name } });
    const annotations = { "example.com/copy-to": "one, two" };
    const metadata = { name: "settings", namespace: "default", annotations };
    await maps.create({ metadata, data: { a: "1" } });
    const has = (namespace: string, value: string | undefined) =>
      waitUntil(maps, "settings", (map) => map?.data?.a === value, { namespace });
    await has("one", "1");
    await has("two", "1");
    await maps.patch("settings", patches.merge({ data: { a: "2" } }), { namespace: "default" });
    await has("two", "2");
    await maps.patch("settings", patches.merge({ data: { a: "3" } }), { namespace: "two" });
    await has("two", "2");
    await maps.delete("settings", { namespace: "one" });
    await has("one", "2");
    await maps.delete("settings", { namespace: "default" });
    await has("one", undefined);
    await has("two", undefined);
    const events = cluster.client.resource(resources.events);
    const { items } = await events.list({ namespace: "default" });
    assert.ok(items.some(({ reason }) => reason === "Copied"));
    assert.equal(await operator.stop(), 0, operator.output);
  });

  it("a service of which one leads, and another at once when it ends", async () => {
    const port = { PORT: "0" };
    const first = start("leader-service/service.mjs", { ...port, POD_NAME: "first" });
    await first.says(/^first leads$/);
    await first.says(/^0 pods$/);
    const second = start("leader-service/service.mjs", { ...port, POD_NAME: "second" });
    await second.says(/^the leader is first$/);
    await second.says(/^listening on \d+$/);
    const address = /listening on (\d+)/.exec(second.output)?.[1];
    const answer = await fetch(`http://127.0.0.1:${address}/leader`);
    assert.deepEqual(await answer.json(), { identity: "second", leader: "first", leads: false });
    assert.equal(await first.stop(), 0, first.output);
    assert.match(first.output, /stopped$/);
    await second.says(/^second leads$/);
    assert.equal(await second.stop(), 0, second.output);
  });

  it("a test suite", async () => {
    const ran = await folder.node("--test", [], "test-suite", { NODE_OPTIONS: "" });
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /pass 3/);
  });
});
