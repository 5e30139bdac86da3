import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

function filesUnder(folder: string, extension: string): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const name of readdirSync(path)) {
      if (["node_modules", "dist", "target", "gen", ".git", "fuzz"].includes(name)) continue;
      const full = join(path, name);
      if (statSync(full).isDirectory()) visit(full);
      else if (name.endsWith(extension)) found.push(full);
    }
  };
  visit(join(root, folder));
  return found;
}

const library = filesUnder("lib", ".ts");
const tests = filesUnder("test", ".ts");
const generators = filesUnder("proto/generators", ".ts");
const rust = filesUnder("crates", ".rs");
const name = (path: string): string => relative(root, path);
/** Addresses, patterns and sentences that would be harder to read in pieces. */
const unbreakable = /https?:|\/\^|"[^"]{60,}"|'[^']{60,}|`[^`]{60,}/;
const report = (problems: string[]): void => assert.deepEqual(problems, []);

/** Which rooms of lib each room may import, beside itself. */
const rooms: Record<string, readonly string[]> = {
  native: [],
  // What Node cannot do on the machine, the addon does: a Unix datagram to the service manager.
  platform: ["native"],
  api: ["native", "platform"],
  client: ["api", "platform"],
  storage: ["api", "native", "platform"],
  apiserver: ["storage", "client", "api", "platform", "native"],
  controllers: ["client", "api", "platform", "native"],
  scheduler: ["client", "api", "platform", "native"],
  kubelet: ["client", "api", "platform", "native"],
  proxy: ["client", "api", "platform", "native"],
  dns: ["client", "api", "platform", "native"],
  simulation: ["client", "api", "platform", "native"],
  // What a program makes with a client, bound to the machine.
  program: ["client", "api", "platform", "native"],
  cluster: [
    ...["apiserver", "controllers", "scheduler", "kubelet", "proxy", "dns", "simulation"],
    ...["storage", "client", "api", "platform", "native"],
  ],
  cmd: [
    ...[
      "cluster",
      "apiserver",
      "controllers",
      "scheduler",
      "kubelet",
      "proxy",
      "dns",
      "simulation",
    ],
    ...["client", "api", "platform", "native"],
  ],
};

const importPattern = /(?:from|import\()\s*"([^"]+)"/g;

function importsOf(path: string): string[] {
  return [...readFileSync(path, "utf8").matchAll(importPattern)].map((match) => match[1] as string);
}

describe("tidy", () => {
  it("lets imports point one way", () => {
    const problems: string[] = [];
    for (const path of library) {
      const [room] = relative(join(root, "lib"), path).split("/") as [string];
      if (!room.includes(".")) assert.ok(rooms[room], `lib/${room} is not in the table of rooms`);
      for (const wanted of importsOf(path)) {
        if (!wanted.startsWith(".")) continue;
        const target = resolve(dirname(path), wanted);
        const [other] = relative(join(root, "lib"), target).split("/") as [string];
        if (other === room || room === "index.ts") continue;
        if (!rooms[room]?.includes(other)) problems.push(`${name(path)} imports lib/${other}`);
      }
    }
    report(problems);
  });

  it("touches time, chance and the world only in lib/platform", () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(?:Timeout|Interval|Immediate)\(|\bprocess\.(?:env|exit|argv|on|kill|hrtime)\b|\bperformance\.now\(|"node:(?:fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|child_process|os|timers|timers\/promises|worker_threads|cluster)"/;
    const problems: string[] = [];
    for (const path of library) {
      if (name(path).startsWith("lib/platform/")) continue;
      readFileSync(path, "utf8")
        .split("\n")
        .forEach((line, index) => {
          if (/^\s*(?:\*|\/\/|\/\*)/.test(line)) return;
          const match = forbidden.exec(line);
          if (match) problems.push(`${name(path)}:${index + 1} ${match[0]}`);
        });
    }
    report(problems);
  });

  it("reads and writes times by lib/api alone, and takes no absent one for the epoch", () => {
    // A time that is not there has no number: whoever reads one says what that means.
    const forbidden =
      /\bDate\.parse\(|\bnew Date\(|\b(?:parseTime|parseMicroTime)\([^;]*\) \?\? 0\b/;
    const own = [
      ...["lib/api/time.ts", "lib/api/pki/certificates.ts", "lib/api/pki/certificateLife.ts"],
      "lib/api/introspection/zpages.ts",
    ];
    const problems: string[] = [];
    for (const path of library) {
      if (name(path).startsWith("lib/platform/") || own.includes(name(path))) continue;
      readFileSync(path, "utf8")
        .split("\n")
        .forEach((line, index) => {
          const match = forbidden.exec(line);
          if (match) problems.push(`${name(path)}:${index + 1} ${match[0]}`);
        });
    }
    report(problems);
  });

  it("keeps clocks, timers and chance out of the crates", () => {
    const forbidden =
      /\b(?:Instant|SystemTime)::now\(|\bthread::sleep\(|\brand::|\bHashMap::new\(\).*iter\(/;
    const problems: string[] = [];
    for (const path of rust) {
      // The deadlines of the HTTP server and of etcd's client and API are the machine's, as their
      // sockets are, and so are the intervals of a store's threads; what makes histories for tests
      // kills processes and waits for them.
      const [, crate = "", folder = ""] = name(path).split("/");
      const waits = ["binding", "etcd", "etcdserver", "front", "history", "upkeep"].includes(crate);
      if (waits || ["tests", "benches", "examples"].includes(folder)) continue;
      readFileSync(path, "utf8")
        .split("\n")
        .forEach((line, index) => {
          const match = forbidden.exec(line);
          if (match && !/^\s*\/\//.test(line))
            problems.push(`${name(path)}:${index + 1} ${match[0]}`);
        });
    }
    report(problems);
  });

  it("keeps unsafe in crates/binding", () => {
    const problems = rust
      .filter((path) => !name(path).startsWith("crates/binding/"))
      .filter((path) => /\bunsafe\s*(?:\{|fn|impl)/.test(readFileSync(path, "utf8")))
      .map(name);
    report(problems);
  });

  it("has no tests where none are run", () => {
    const problems = rust
      .filter((path) => name(path).startsWith("crates/"))
      .filter((path) => {
        const [, crate = ""] = name(path).split("/");
        const manifest = readFileSync(join(root, "crates", crate, "Cargo.toml"), "utf8");
        return (
          /^test = false$/m.test(manifest) && /#\[(?:cfg\()?test\b/.test(readFileSync(path, "utf8"))
        );
      })
      .map(name);
    report(problems);
  });

  it("keeps code in folders: at the top stand only what describes the project", () => {
    const code = readdirSync(root).filter((one) => /\.(?:[cm]?[jt]s|rs|go|py|sh)$/.test(one));
    report(code);
  });

  it("keeps files, lines and names short", () => {
    const problems: string[] = [];
    for (const path of [...library, ...tests, ...generators, ...rust]) {
      const lines = readFileSync(path, "utf8").split("\n");
      if (lines.length > 801) problems.push(`${name(path)} has ${lines.length - 1} lines`);
      // Tables of rule texts in the crates' tests are as wide as the rules; rustfmt keeps the rest.
      if (/^crates\/[^/]+\/(?:tests|examples|benches)\//.test(name(path))) continue;
      lines.forEach((line, index) => {
        const isKept = path.endsWith(".rs") ? /"|prop::/.test(line) : line.startsWith("import ");
        if (line.length > 100 && !isKept && !unbreakable.test(line)) {
          problems.push(`${name(path)}:${index + 1} has ${line.length} characters`);
        }
      });
      if (/(?:^|\/)(?:utils?|helpers?|common|misc)(?:\/|\.ts$|\.rs$)/.test(name(path))) {
        problems.push(`${name(path)}: say what it is`);
      }
    }
    report(problems);
  });

  it("has no default export", () => {
    const problems = [...library, ...generators]
      .filter((path) => /^export default /m.test(readFileSync(path, "utf8")))
      .map(name);
    report(problems);
  });

  it("keeps functions within 70 lines", () => {
    const problems: string[] = [];
    for (const path of library) problems.push(...longFunctions(path));
    report(problems);
  });
});

/**
 * By indentation, which the formatter makes reliable: from a line that opens a function to its
 * closing brace.
 */
function longFunctions(path: string): string[] {
  const lines = readFileSync(path, "utf8").split("\n");
  const opening =
    /^(\s*)(?:export )?(?:(?:public |private |static |override |async |get |set )*[#\w]+\(.*\)?|(?:async )?function\*? .*|(?:const|let) \w+ = (?:async )?(?:\(.*|function.*))(?:.*\{|\()$/;
  const problems: string[] = [];
  for (let start = 0; start < lines.length; start++) {
    const match = opening.exec(lines[start] as string);
    if (
      !match ||
      /^\s*(?:if|for|while|switch|return|describe|it|catch|await)\b/.test(lines[start] as string)
    )
      continue;
    const indent = match[1] as string;
    let end = start + 1;
    while (end < lines.length && !(lines[end] as string).startsWith(`${indent}}`)) {
      if ((lines[end] as string).trim() !== "" && !(lines[end] as string).startsWith(indent)) break;
      end++;
    }
    if (end - start - 1 > 70)
      problems.push(`${name(path)}:${start + 1} has ${end - start - 1} lines`);
  }
  return problems;
}
