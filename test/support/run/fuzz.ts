/**
 * `npm run fuzz -- codec [--seed N] [--cases N]`: looks for input that takes the codec more than
 * 2.5 times as long when it is twice as long. A seed says again what it found.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" }, cases: { type: "string" } },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9));
const cases = values.cases ?? "200";
if (positionals[0] !== "codec") {
  console.log("fuzz codec [--seed N] [--cases N]");
  process.exitCode = 2;
} else {
  console.log(`npm run fuzz -- codec --seed ${seed} --cases ${cases}`);
  const example = ["--profile", "soak", "-p", "steersman-codec", "--example", "growth"];
  const { status } = spawnSync("cargo", ["run", "--quiet", ...example, "--", seed, cases], {
    cwd: root,
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}
