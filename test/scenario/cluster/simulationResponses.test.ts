import assert from "node:assert/strict";
import {
  ApiError,
  Cluster,
  resources,
  type SimulationOptions,
  type types,
  waitUntil,
} from "../../../lib/index.js";

const namespace = "default";
const prefix = "simulation.steersman.dev";
const long = "x".repeat(16 * 1024 - 1);
/** Characters of two code units at places where lines are cut. */
const wide = `${long}\u{1F600}${long}\u{1F600}end`;

function* broken(): Iterable<string> {
  yield "one";
  throw new Error("no more");
}

async function* notText(): AsyncIterable<string> {
  yield "one";
  yield 5 as unknown as string;
}

/** By the container's name: what a program without types may give. */
const logs: Readonly<Record<string, () => unknown>> = {
  number: () => 5,
  null: () => null,
  throws: () => {
    throw new Error("log broke");
  },
  later: async () => "one",
  never: () => Promise.reject(new Error("log broke later")),
  broken,
  mixed: notText,
  wide: () => wide,
  huge: () => `${"first\n".repeat(60_000)}last`,
};
const runs: Readonly<Record<string, () => unknown>> = {
  soon: () => "soon",
  typo: () => ({ second: 5 }),
  negative: () => ({ seconds: -1 }),
  code: () => ({ exitCode: 256 }),
  async: async () => ({ seconds: 1 }),
  rejects: () => Promise.reject(new Error("run broke later")),
};
const results: Readonly<Record<string, unknown>> = {
  number: 5,
  typo: { out: "x" },
  "number as output": { stdout: 5 },
  code: { exitCode: -1 },
};

const simulation = {
  log: ({ name }: { name: string }) => logs[name]?.(),
  run: ({ name }: { name: string }) => runs[name]?.(),
  exec: ({ command }: { command: readonly string[] }) => results[command[0] ?? ""],
} as unknown as SimulationOptions;

describe("what a simulation cannot mean", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start({ simulation });
  });
  after(() => cluster.stop());

  const pods = () => cluster.client.inNamespace(namespace).resource(resources.pods);

  async function make(
    container: string,
    annotations: Record<string, string>,
    phase: string,
  ): Promise<types.coreV1.Pod> {
    const containers = [{ name: container, image: "registry.local/a:1" }];
    const { metadata } = await pods().create({
      metadata: { generateName: `${container}-`, annotations },
      spec: { restartPolicy: "Never", containers },
    });
    const isThere = (pod: types.coreV1.Pod | undefined) => pod?.status?.phase === phase;
    const pod = await waitUntil(pods(), metadata.name ?? "", isThere, { namespace });
    return pod as types.coreV1.Pod;
  }

  const refused: readonly [string, Record<string, string>, RegExp][] = [
    ["number", {}, /^log: 5 is not a text, or lines of it$/],
    ["null", {}, /^log: null is not/],
    ["throws", {}, /^log broke$/],
    ["soon", {}, /^run: "soon" is not an object of seconds, exitCode$/],
    ["typo", {}, /^run: "second" is not a field of an object of seconds, exitCode$/],
    ["negative", {}, /^run: seconds: -1 is not a number of seconds from 0 on$/],
    ["code", {}, /^run: exitCode: 256 is not a whole number from 0 to 255$/],
    ["later", {}, /^log: it gave a promise, and has to say at once$/],
    ["never", {}, /^log: it gave a promise, and has to say at once$/],
    ["async", {}, /^run: it gave a promise, and has to say at once$/],
    ["rejects", {}, /^run: it gave a promise, and has to say at once$/],
    ["plain", { "run-seconds": "1e3" }, /^annotation \S+\/run-seconds: "1e3" is not a number/],
    ["plain", { "run-secnds": "1" }, /^annotations: "\S+\/run-secnds" is not one of \S+/],
  ];
  for (const [container, annotations, message] of refused) {
    const named = Object.entries(annotations).map(([name, value]) => [`${prefix}/${name}`, value]);
    it(`keeps ${container} ${JSON.stringify(annotations)} from starting, and says so`, async () => {
      const pod = await make(container, Object.fromEntries(named), "Failed");
      const { terminated } = pod.status?.containerStatuses?.[0]?.state ?? {};
      assert.equal(terminated?.reason, "StartError");
      assert.match(terminated?.message ?? "", message);
    });
  }

  const written: readonly [string, string][] = [
    ["broken", "one\nthe simulation's log has failed: Error: no more\n"],
    [
      "mixed",
      "one\nthe simulation's log has failed: TypeError: a line of it is no text (number)\n",
    ],
    ["wide", `${wide}\n`],
  ];
  for (const [container, text] of written) {
    it(`the log of ${container} says all there is`, async () => {
      const pod = await make(container, {}, "Running");
      let said = "";
      for await (const line of pods().logLines(pod.metadata.name ?? "", { follow: true })) {
        said += `${line}\n`;
        if (said.length >= text.length) break;
      }
      assert.equal(said, text);
    });
  }

  it("of a log that is too long the end stays", async () => {
    const pod = await make("huge", {}, "Running");
    const text = await pods().log(pod.metadata.name ?? "");
    assert.match(text, /^first\n.*\nlast\n$/s);
    assert.ok(text.length <= 256 * 1024, String(text.length));
  });

  it("a command's answer is refused, by name", async () => {
    const pod = await make("plain", {}, "Running");
    const wanted: Readonly<Record<string, RegExp>> = {
      number: /exec: 5 is not an object of stdout, stderr, exitCode/,
      typo: /exec: "out" is not a field of/,
      "number as output": /exec: stdout: 5 is not a text or bytes/,
      code: /exec: exitCode: -1 is not a whole number/,
    };
    for (const [command, message] of Object.entries(wanted)) {
      const ran = pods().exec(pod.metadata.name ?? "", [command]);
      await assert.rejects(
        ran.then((streams) => streams.output()),
        (error: unknown) => {
          assert.ok(error instanceof ApiError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it("the output by annotation is what it says, with the end of its last line", async () => {
    for (const [given, output] of [
      ["two\nlines\n", "two\nlines\n"],
      ["one", "one\n"],
      ["", ""],
    ] as const) {
      const pod = await make("plain", { [`${prefix}/exec-output`]: given }, "Running");
      const { stdout } = await (await pods().exec(pod.metadata.name ?? "", ["a"])).output();
      assert.equal(stdout, output);
    }
  });
});
