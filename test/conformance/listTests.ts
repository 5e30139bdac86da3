import { execFileSync } from "node:child_process";
import { parseYaml } from "../../lib/api/parseYaml.js";

/** The names of upstream's conformance tests, as its program lists them. */
export function listTests(endToEnd: string): string[] {
  const listed = execFileSync(endToEnd, ["--list-conformance-tests"], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const tests = parseYaml(listed) as { codename: string }[];
  return tests.map(({ codename }) => codename).sort();
}
