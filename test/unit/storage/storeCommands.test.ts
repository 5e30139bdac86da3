import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage } from "../../../lib/cluster/openStorage.js";
import { storeNumbers } from "../../../lib/cluster/store/storeStatistics.js";
import { steersmanProgram } from "../../../lib/cmd/steersman/program.js";
import type { Files } from "../../../lib/platform/files.js";
import { type LogValues, silentLogger } from "../../../lib/platform/logger.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const prefix = "/registry/configmaps/default/";
const names = ["a", "b", "c"];

describe("steersman store", () => {
  let folder: string;
  let directory: string;

  /** What the command prints. Rejects as the command does; `said` then has what it printed. */
  let said = "";
  const run = (...args: string[]): Promise<string> => runOn(nodePlatform.files, ...args);
  const runOn = async (files: Files, ...args: string[]): Promise<string> => {
    said = "";
    const host = {
      ...nodePlatform.host,
      writeOutput: (text: string): undefined => {
        said += text;
      },
    };
    const program = steersmanProgram({ ...nodePlatform, files, host }, import.meta.url);
    await program.parseAsync(["store", ...args], { from: "user" });
    return said;
  };
  const parsed = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await run(...args, "--output", "json")) as Record<string, unknown>;

  const fill = async (data: string): Promise<void> => {
    const storage = await openEmbeddedStorage({ directory: `${data}/store`, clock: nodeClock });
    for (const name of names) {
      const value = storedConfigMap(name, `data of ${name}`);
      await storage.transact({
        compare: [],
        success: [{ type: "put", key: `${prefix}${name}`, value }],
      });
    }
    await storage.close();
  };

  /** Keys and revisions of a store that is opened as a server does. */
  const opened = async (data: string): Promise<{ keys: string[]; revision: number }> => {
    const storage = await openEmbeddedStorage({ directory: `${data}/store`, clock: nodeClock });
    const { values } = await storage.range("");
    const revision = storage.currentRevision();
    await storage.close();
    return { keys: values.map(({ key, modRevision }) => `${key} ${modRevision}`), revision };
  };

  const damageLog = async (): Promise<string> => {
    const [name = ""] = (await readdir(`${directory}/store`)).filter((one) =>
      one.startsWith("log"),
    );
    const path = `${directory}/store/${name}`;
    const bytes = await readFile(path);
    // In the second write of three.
    bytes[2 * 512 + 100] = (bytes[2 * 512 + 100] ?? 0) ^ 1;
    await writeFile(path, bytes);
    return path;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "steersman-store-"));
    directory = join(folder, "data");
    await fill(directory);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("check says that a store is sound, and changes nothing", async () => {
    const before = await readdir(`${directory}/store`);
    assert.match(await run("check", directory), /sound: revision 4, .* closed in order\n$/);
    const check = await parsed("check", `${directory}/store`);
    assert.deepEqual(check.losses, []);
    assert.equal((check.report as { revision: number }).revision, 4);
    assert.deepEqual(await readdir(`${directory}/store`), before);
  });

  it("check names what is damaged, and fails", async () => {
    const path = await damageLog();
    await assert.rejects(run("check", directory), (error: Error) => {
      assert.ok(error.message.includes(`${path} at offset 1024`), error.message);
      assert.match(error.message, /steersman store repair/);
      return true;
    });
    assert.match(said, /: damaged\n.*a repair would have to do without:\n.*: record 3\b/s);
    await assert.rejects(run("check", directory, "--output", "json"));
    const { losses } = JSON.parse(said) as { losses: { path: string; offset: number }[] };
    assert.deepEqual([losses[0]?.path, losses[0]?.offset], [path, 1024]);
  });

  it("repair keeps what can be read, names what cannot, and puts the files aside", async () => {
    const path = await damageLog();
    const damaged = await readFile(path);
    await assert.rejects(opened(directory), /at offset 1024/);
    const text = await run("repair", directory);
    assert.match(text, /lost:\n.*at offset 1024, 512 bytes: record 3\n/);
    assert.match(text, /kept: 2 keys and 0 leases/);
    const after = await opened(directory);
    assert.deepEqual(after.keys, [`${prefix}a 2`, `${prefix}c 4`]);
    assert.ok(after.revision > 4);
    const [aside = ""] = (await readdir(`${directory}/store`)).filter((one) =>
      one.startsWith("damaged-"),
    );
    const kept = await readFile(`${directory}/store/${aside}/${path.split("/").at(-1)}`);
    assert.ok(kept.equals(damaged));
    assert.match(await run("repair", directory), /sound, nothing was done/);
    const { kept: counted } = await parsed("repair", directory);
    assert.equal((counted as { keys: number }).keys, 2);
  });

  it("a snapshot is restored elsewhere, with revisions that nobody met", async () => {
    const file = join(folder, "store.snapshot");
    assert.match(await run("snapshot", directory, file), /3 keys and 0 leases, at revision 4\n/);
    assert.equal((await stat(file)).mode & 0o077, 0);
    const target = join(folder, "restored");
    const kept = await parsed("restore", file, target);
    assert.equal(kept.revision, 1_000_000_004);
    assert.match(await run("check", target), /sound: revision 1000000004, .* closed in order\n$/);
    const { keys, revision } = await opened(target);
    assert.deepEqual(keys, [`${prefix}a 2`, `${prefix}b 3`, `${prefix}c 4`]);
    assert.equal(revision, 1_000_000_004);
    await assert.rejects(run("restore", file, target), /holds a store already/);
    const other = join(folder, "other");
    await run("restore", file, other, "--bump-revision", "0");
    assert.match(await run("check", other), /sound/);
    await assert.rejects(
      run("restore", file, other, "--bump-revision", "-1"),
      /--bump-revision: -1/,
    );
    const absent = join(folder, "absent");
    await assert.rejects(run("restore", absent, join(folder, "second")), (error: Error) => {
      assert.match(error.message, new RegExp(`^open ${absent}: `));
      return true;
    });
    const nowhere = join(folder, "none/x");
    await assert.rejects(run("snapshot", directory, nowhere), (error: Error) => {
      assert.match(error.message, new RegExp(`^create ${nowhere}.new: `));
      return true;
    });
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, -1));
    await assert.rejects(run("restore", file, join(folder, "third")), /store\.snapshot at offset/);
  });

  it("what is exported is imported", async () => {
    const file = join(folder, "store.jsonl");
    await run("export", directory, file);
    assert.equal((await stat(file)).mode & 0o077, 0);
    assert.equal(await run("export", directory), await readFile(file, "utf8"));
    const target = join(folder, "imported");
    const told = await run("import", file, target, "--bump-revision", "0");
    assert.match(told, /3 keys and 0 leases, at revision 4\n/);
    assert.match(await run("check", target), /sound: revision 4, .* closed in order\n$/);
    const keys = [`${prefix}a 2`, `${prefix}b 3`, `${prefix}c 4`];
    assert.deepEqual((await opened(target)).keys, keys);
    await assert.rejects(run("export", directory, file), /is there already/);
    // What the exported store went on to give is not given again.
    const above = join(folder, "above");
    assert.equal((await parsed("import", file, above)).revision, 1_000_000_004);
    assert.deepEqual(await opened(above), { keys, revision: 1_000_000_004 });
  });

  it("what one command wrote is named to the other", async () => {
    const text = join(folder, "store.jsonl");
    const snapshot = join(folder, "store.snapshot");
    await run("export", directory, text);
    await run("snapshot", directory, snapshot);
    const target = join(folder, "target");
    await assert.rejects(run("restore", text, target), /steersman store snapshot/);
    await assert.rejects(run("import", snapshot, target), /steersman store export/);
  });

  it("a snapshot replaces no file, and is none of the store's own", async () => {
    const file = join(folder, "store.snapshot");
    await writeFile(file, "mine");
    await assert.rejects(run("snapshot", directory, file), (error: Error) => {
      assert.equal(error.message, `${file} is there already`);
      return true;
    });
    assert.equal(await readFile(file, "utf8"), "mine");
    const names = await readdir(`${directory}/store`);
    const [log = ""] = names.filter((name) => name.startsWith("log"));
    for (const name of [log, "snapshot-0000000000000009"]) {
      await assert.rejects(run("snapshot", directory, `${directory}/store/${name}`));
    }
    assert.deepEqual(await readdir(`${directory}/store`), names);
    assert.match(await run("check", directory), /sound/);
  });

  it("a server does not begin anew where a restored snapshot is missing", async () => {
    const file = join(folder, "store.snapshot");
    await run("snapshot", directory, file);
    const target = join(folder, "restored");
    await run("restore", file, target);
    const [snapshot = ""] = (await readdir(`${target}/store`)).filter((name) =>
      name.startsWith("snapshot"),
    );
    await rm(`${target}/store/${snapshot}`);
    await assert.rejects(opened(target), /the snapshot of revision 1000000004 is missing/);
    await assert.rejects(run("check", target), /the snapshot of revision 1000000004 is missing/);
    assert.match(said, /keys, as they were at revision 1000000004/);
  });

  it("an export that the disk has no room for leaves nothing behind", async () => {
    const file = join(folder, "store.jsonl");
    const full: Files = {
      ...nodePlatform.files,
      open: async (path, flags) => ({
        ...(await nodePlatform.files.open(path, flags)),
        write: () => Promise.reject(new Error("ENOSPC: no space left on device, write")),
      }),
    };
    const before = await readdir(folder);
    await assert.rejects(runOn(full, "export", directory, file), (error: Error) => {
      assert.equal(error.message, `${file}: ENOSPC: no space left on device, write`);
      return true;
    });
    assert.deepEqual(await readdir(folder), before);
    await run("export", directory, file);
    assert.match(await readFile(file, "utf8"), /\{"keys":3\}\n$/);
  });

  it("a text that is no export is refused with its line, and makes no store", async () => {
    const file = join(folder, "store.jsonl");
    await run("export", directory, file);
    const text = await readFile(file, "utf8");
    const lines = text.trimEnd().split("\n");
    const [header = "", a = "", b = "", c = "", end = ""] = lines;
    const cases: readonly [string, readonly string[], RegExp][] = [
      ["empty", [], /line 1: the header is missing/],
      ["no header", [a, b, c, end], /line 1: the header/],
      ["another format", ['{"steersmanStore":2,"revision":4}', end], /line 1: the header/],
      ["cut off", [header, a, b], /line 4: the text ends too early/],
      ["a key less", [header, a, c, end], /line 4: there are 2 keys, not 3/],
      ["not in order", [header, b, a, c, end], /line 3: keys must rise/],
      ["twice", [header, a, a, c, end], /line 3: keys must rise/],
      [
        "no lease",
        [header, a.replace(/"version":1/, '"version":1,"lease":7'), b, c, end],
        /line 2: no lease 7 stands before it/,
      ],
      ["no JSON", [header, "{", end], /line 2: /],
      ["an array", [header, "[]", end], /line 2: a JSON object is expected/],
      ["no base64", [header, a.replace(/"value":"./, '"value":"*'), end], /line 2: value: /],
      [
        "no revision",
        [header, a.replace(/"modRevision":2/, '"modRevision":0'), end],
        /line 2: mod/,
      ],
      [
        "a newer value",
        ['{"steersmanStore":1,"revision":3}', a, b, c, end],
        /line 4: modRevision: it is above 3/,
      ],
      ["more behind the end", [...lines, a], /line 6: nothing follows/],
    ];
    for (const [name, content, message] of cases) {
      const broken = join(folder, "broken.jsonl");
      await writeFile(broken, content.map((line) => `${line}\n`).join(""));
      const target = join(folder, `no-${name}`);
      await assert.rejects(run("import", broken, target), (error: Error) => {
        assert.match(error.message, message, name);
        assert.ok(error.message.startsWith(broken), error.message);
        return true;
      });
      await assert.rejects(run("check", target), /holds no store/, name);
    }
  });

  it("stats says what a store holds", async () => {
    const numbers = await parsed("stats", directory);
    assert.equal(numbers.keys, 3);
    assert.equal(numbers.revision, 4);
    assert.equal(numbers["keys /registry/configmaps"], 3);
    assert.match(await run("stats", directory), /^keys +3$/m);
    await assert.rejects(run("stats"), /a directory or --kubeconfig/);
  });

  it("stats of a running server are its store's metrics", () => {
    const text =
      "# HELP steersman_store_log_bytes x\nsteersman_store_log_bytes 512\n" +
      'etcd_debugging_mvcc_keys_total 3\netcd_requests_total{operation="get"} 7\n';
    assert.deepEqual(storeNumbers(text), {
      steersman_store_log_bytes: 512,
      etcd_debugging_mvcc_keys_total: 3,
    });
  });

  it("what opening a store came upon is logged", async () => {
    const said: unknown[] = [];
    const logger = {
      ...silentLogger,
      warning: (message: string, values?: LogValues) => said.push({ message, ...values }),
    };
    await (await openStorage(nodePlatform, directory, logger)).close();
    assert.deepEqual(said, []);
    // As after a crash.
    await rm(`${directory}/store/closed`);
    await (await openStorage(nodePlatform, directory, logger)).close();
    const [first] = said as { message: string; kind: string; finding: string }[];
    assert.equal(said.length, 1);
    assert.equal(first?.kind, "notClosed");
    assert.match(first?.finding ?? "", /store\/log-0{15}1 at offset \d+: the store was not closed/);
  });

  it("a store in use and a folder without one are refused", async () => {
    const storage = await openEmbeddedStorage({
      directory: `${directory}/store`,
      clock: nodeClock,
    });
    for (const command of ["check", "repair", "export", "stats"]) {
      await assert.rejects(run(command, directory), /in use by another process/, command);
    }
    await storage.close();
    await assert.rejects(run("check", folder), /holds no store/);
    await assert.rejects(run("check", join(folder, "nothing")), /No such file or directory/);
  });
});
