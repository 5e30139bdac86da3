import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const packageFile = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** Processes whose command line names the folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
      } catch {
        return false;
      }
    });
}

async function untilNothingRuns(folder: string): Promise<void> {
  const { clock } = nodePlatform;
  const end = clock.monotonic() + 30_000;
  while (processesOf(folder).length > 0) {
    assert.ok(clock.monotonic() < end, `${processesOf(folder)} run on`);
    await clock.sleep(50);
  }
}

describe("npm start under a supervisor", function () {
  this.timeout(120_000);
  let folder: string;
  let npm: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "steersman-npm-"));
    // Like `npm start` after its set-up, which has builds of its own.
    const command = `${root}packaging/runCommand.mjs ${root}dist/lib/cmd/bin/steersman.js up`;
    const flags = `--runtime simulated --secure-port 0 --grpc-port 0 --data-dir ${folder}/data`;
    const scripts = { start: `exec node ${command} ${flags}` };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "x", scripts }));
    npm = spawn("npm", ["start"], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: npm.stdout as NodeJS.ReadableStream })) {
      if (line.startsWith("ready in ")) return;
    }
    throw new Error("it ended early");
  });

  afterEach(async () => {
    for (const pid of processesOf(folder)) process.kill(Number(pid), "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  async function nothingIsLeft(): Promise<void> {
    await untilNothingRuns(folder);
    // A clean stop has closed its log: what says that a process is using the data is gone.
    assert.ok(existsSync(join(folder, "data")));
  }

  it("SIGTERM to npm alone stops the cluster before npm ends", async () => {
    const ended = once(npm, "exit");
    npm.kill("SIGTERM");
    await ended;
    assert.deepEqual(processesOf(folder), []);
  });

  it("Ctrl-C, which reaches every process of the terminal, stops it once and cleanly", async () => {
    const ended = once(npm, "exit");
    process.kill(-(npm.pid as number), "SIGINT");
    await ended;
    await nothingIsLeft();
  });

  it("npm killed without a word takes the cluster with it", async () => {
    npm.kill("SIGKILL");
    await nothingIsLeft();
  });

  it("the package's own scripts are no shell's children", () => {
    const ours = Object.values(packageFile.scripts).filter((one) => one.includes("setup.mjs"));
    assert.ok(ours.length > 3);
    for (const script of ours) assert.match(script, /^exec node packaging\/setup\.mjs/);
  });
});

describe("npm start while its set-up compiles", function () {
  this.timeout(120_000);
  let folder: string;
  let npm: ChildProcess;

  /** A project with the set-up of this one, whose addon takes a compiler with children for ever. */
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "steersman-setup-"));
    for (const name of readdirSync(join(root, "packaging")).filter((one) => one.endsWith(".mjs")))
      cpSync(join(root, "packaging", name), join(folder, "packaging", name));
    const compiler = `${folder}/compiler.mjs`;
    const scripts = {
      start: "exec node packaging/setup.mjs --then started.mjs --no-install",
      "build:native": `node ${compiler} front; touch after`,
      "build:ts": "touch after",
      "build:bundle": "touch after",
    };
    const files = {
      "package.json": JSON.stringify({ name: "x", version: "1.0.0", scripts }),
      "package-lock.json": JSON.stringify({
        ...{ name: "x", version: "1.0.0", lockfileVersion: 3, packages: {} },
      }),
      "started.mjs": 'import { writeFileSync } from "node:fs"; writeFileSync("after", "");',
      "compiler.mjs": `import { spawn } from "node:child_process";
        const isFront = process.argv[2] === "front";
        if (isFront) spawn(process.execPath, ["${compiler}", "back"], { stdio: "inherit" });
        else console.log("compiling");
        setInterval(() => {}, 1_000);`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    npm = spawn("npm", ["start"], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    for await (const line of createInterface({ input: npm.stderr as NodeJS.ReadableStream })) {
      if (line === "compiling") return;
    }
    throw new Error("it ended early");
  });

  afterEach(() => {
    for (const pid of processesOf(folder)) process.kill(Number(pid), "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  function nothingFollowed(): void {
    assert.deepEqual(processesOf(folder), []);
    assert.ok(!existsSync(join(folder, "after")), "it went on");
    assert.ok(!existsSync(join(folder, "node_modules/.steersman/addon")), "it is not done");
  }

  it("SIGTERM to npm alone ends the compiler before npm ends, and nothing goes on", async () => {
    const ended = once(npm, "exit");
    npm.kill("SIGTERM");
    await ended;
    nothingFollowed();
  });

  it("so does Ctrl-C, which reaches every process of the terminal", async () => {
    const ended = once(npm, "exit");
    process.kill(-(npm.pid as number), "SIGINT");
    await ended;
    await untilNothingRuns(folder);
    nothingFollowed();
  });

  it("npm killed without a word takes the compiler with it", async () => {
    npm.kill("SIGKILL");
    await untilNothingRuns(folder);
    nothingFollowed();
  });
});
