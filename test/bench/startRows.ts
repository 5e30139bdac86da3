import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { type BenchReport, percentile } from "./benchReport.js";
import { ServerProcess } from "./serverProcess.js";

const entry = new URL("../../bundle/index.js", import.meta.url);
const runs = 5;
const program = `
  const before = performance.now();
  const { Cluster } = await import(${JSON.stringify(entry.href)});
  const imported = performance.now();
  const cluster = await Cluster.start();
  const started = performance.now();
  await cluster.stop();
  console.log(JSON.stringify([imported - before, started - imported]));
`;

function median(values: number[]): number {
  return percentile(
    values.sort((a, b) => a - b),
    0.5,
  );
}

/** In new processes, so that nothing is warm but the disk's cache. */
export async function startRows(report: BenchReport, idleSeconds: number): Promise<void> {
  const times = Array.from({ length: runs }, () => {
    const args = ["--input-type=module", "--eval", program];
    const cwd = fileURLToPath(new URL(".", entry));
    return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: "utf8" })) as number[];
  });
  report.fact("import of the package (ms)", median(times.map(([imported = 0]) => imported)));
  report.fact("Cluster.start(), one node (ms)", median(times.map(([, started = 0]) => started)));
  const ready: number[] = [];
  for (let run = 0; run < runs; run++) {
    const server = await ServerProcess.start([]);
    ready.push(server.readyMilliseconds);
    await server.stop();
  }
  report.fact("process start to ready (ms)", median(ready));
  const idle = await ServerProcess.start([]);
  const cpu = idle.cpuSeconds();
  await nodePlatform.clock.sleep(idleSeconds * 1000);
  report.fact(`RSS, everything, ${idleSeconds} s idle (MiB)`, idle.residentMebibytes());
  const used = (idle.cpuSeconds() - cpu) * 1000;
  report.fact("CPU while idle (ms a second)", used / idleSeconds);
  await idle.stop();
}
