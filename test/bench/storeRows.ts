import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const driver = fileURLToPath(new URL("./store.bench.js", import.meta.url));

/**
 * The store's rows: the crate's (what objects cost, rates, durable writes beside what the disk can
 * do, watches, mixed load, recovery), then the driver's. Durable writes go to the system's folder
 * for temporary files.
 */
export function storeRows(): void {
  const example = ["run", "--quiet", "--release", "-p", "steersman-store", "--example"];
  const programs: readonly (readonly [string, readonly string[]])[] = [
    ["cargo", [...example, "memory"]],
    ["cargo", [...example, "bench"]],
    [process.execPath, [driver]],
  ];
  for (const [program, args] of programs) {
    const { status, error } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}`);
  }
}
