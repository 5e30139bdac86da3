import assert from "node:assert/strict";
import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixedTimestamp, parseCriLogLine } from "../../../../lib/kubelet/server/logs/criLogLine.js";
import { LogFollower, type LogOptions } from "../../../../lib/kubelet/server/logs/logFollower.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";

const defaults: LogOptions = {
  follow: false,
  tailLines: undefined,
  sinceMilliseconds: undefined,
  timestamps: false,
  limitBytes: undefined,
  stream: "All",
};

const entry = (text: string, second = 0, stream = "stdout", tag = "F"): string =>
  `2026-11-23T07:00:${String(second).padStart(2, "0")}.5Z ${stream} ${tag} ${text}\n`;

describe("container logs", () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "steersman-log-"));
    path = join(directory, "0.log");
  });
  afterEach(() => rm(directory, { recursive: true }));

  interface Reading {
    text: string;
    isRunning: boolean;
    readonly over: Promise<void>;
    readonly abort: AbortController;
    /** Resolves when the text has come. */
    has(text: string): Promise<void>;
  }

  function read(options: Partial<LogOptions>): Reading {
    const abort = new AbortController();
    const waiting: { text: string; resolve: () => void }[] = [];
    const reading: Omit<Reading, "over"> = {
      text: "",
      isRunning: true,
      abort,
      has: (text) =>
        new Promise((resolve) => {
          if (reading.text.includes(text)) resolve();
          else waiting.push({ text, resolve });
        }),
    };
    const follower = new LogFollower(
      { path, isRunning: async () => reading.isRunning },
      { ...defaults, ...options },
      {
        files: nodePlatform.files,
        clock: nodePlatform.clock,
        signal: abort.signal,
        write: async (bytes) => {
          reading.text += bytes.toString();
          for (const one of waiting) if (reading.text.includes(one.text)) one.resolve();
        },
      },
    );
    return Object.assign(reading, { over: follower.run() });
  }

  async function all(options: Partial<LogOptions>): Promise<string> {
    const reading = read(options);
    await reading.over;
    return reading.text;
  }

  it("parses CRI's lines", () => {
    const line = parseCriLogLine(Buffer.from("2026-11-23T07:00:00.123456789Z stderr P a b "));
    assert.deepEqual(line && { ...line, content: line.content.toString() }, {
      timestamp: "2026-11-23T07:00:00.123456789Z",
      stream: "stderr",
      isPartial: true,
      content: "a b ",
    });
    assert.equal(parseCriLogLine(Buffer.from("nonsense")), undefined);
    assert.equal(fixedTimestamp("2026-11-23T07:00:00.5Z"), "2026-11-23T07:00:00.500000000Z");
    assert.equal(
      fixedTimestamp("2026-11-23T07:00:00+01:00"),
      "2026-11-23T07:00:00.000000000+01:00",
    );
  });

  it("joins partial entries and chooses by stream, time and number", async () => {
    await writeFile(
      path,
      entry("one ", 1, "stdout", "P") + entry("line", 2) + entry("bad", 3, "stderr") + entry("", 4),
    );
    assert.equal(await all({}), "one line\nbad\n\n");
    assert.equal(await all({ stream: "Stderr" }), "bad\n");
    assert.equal(await all({ tailLines: 2 }), "bad\n\n");
    assert.equal(await all({ tailLines: 0 }), "");
    assert.equal(await all({ tailLines: 100 }), "one line\nbad\n\n");
    assert.equal(await all({ limitBytes: 5 }), "one l");
    const since = Date.parse("2026-11-23T07:00:03Z");
    assert.equal(await all({ sinceMilliseconds: since }), "bad\n\n");
    const stamped = await all({ timestamps: true, stream: "Stdout", limitBytes: 40 });
    assert.equal(stamped, "2026-11-23T07:00:01.500000000Z one line\n");
  });

  it("finds the tail of a log of many chunks", async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => entry(`number ${index}`));
    await writeFile(path, lines.join(""));
    assert.equal((await all({ tailLines: 5_000 })).split("\n")[0], "number 15000");
    assert.equal((await all({})).split("\n").length, 20_001);
  });

  it("follows through rotation to the end of the container", async () => {
    await writeFile(path, entry("first"));
    const reading = read({ follow: true });
    await reading.has("first\n");
    await appendFile(path, entry("second"));
    await reading.has("second\n");
    await appendFile(path, entry("before the rotation"));
    await rename(path, `${path}.20261123-070000`);
    await writeFile(path, entry("after it"));
    await reading.has("after it\n");
    reading.isRunning = false;
    await appendFile(path, entry("last"));
    await reading.over;
    assert.equal(reading.text, "first\nsecond\nbefore the rotation\nafter it\nlast\n");
  });

  it("stops when its reader goes", async () => {
    await writeFile(path, entry("first"));
    const reading = read({ follow: true });
    await reading.has("first\n");
    reading.abort.abort();
    await reading.over;
  });
});
