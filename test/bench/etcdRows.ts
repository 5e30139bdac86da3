import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGoProgram } from "../support/clients/goProgram.js";
import { builtEtcd } from "../support/clients/upstreamPrograms.js";
import { freePorts } from "../support/commands/commandProcess.js";
import type { BenchReport } from "./benchReport.js";
import { BenchProcess } from "./peers/benchProcess.js";

const steersman = fileURLToPath(new URL("../../bundle/cmd/bin/steersman.js", import.meta.url));

/** What the load prints of one measurement. */
interface Measured {
  readonly operation: string;
  readonly clients: number;
  readonly count: number;
  readonly perSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

const measurements: readonly (readonly [operation: string, clients: number])[] = [
  ...(["put", "create", "get"] as const).flatMap((operation) =>
    [1, 64, 256].map((clients) => [operation, clients] as const),
  ),
  ["list500", 1],
  ["list500", 64],
];

const builtLoad = (): string =>
  buildGoProgram({
    name: "etcdload",
    folder: "test/bench/etcdload",
    module: "go.etcd.io/etcd/client/v3",
  });

async function startMember(
  command: readonly string[],
  folder: string,
): Promise<{ process: BenchProcess; endpoint: string }> {
  const [client = 0, peer = 0] = await freePorts(2);
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const flags = [
    ...["--data-dir", join(folder, "data"), "--log-level", "error"],
    ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--initial-cluster", `default=${peerUrl}`],
  ];
  const process = new BenchProcess([...command, ...flags], join(folder, "log"));
  while (!process.isOver) {
    const health = await fetch(`${clientUrl}/health`).catch(() => undefined);
    if (health?.ok) return { process, endpoint: `127.0.0.1:${client}` };
  }
  throw new Error(`it ended: ${process.lastLines()}`);
}

/** etcd and `steersman etcd`, asked the same in turn by one load of etcd's own client. */
export async function etcdRows(report: BenchReport, seconds: number): Promise<void> {
  const load = builtLoad();
  const members = {
    etcd: [builtEtcd()],
    steersman: [process.execPath, steersman, "etcd"],
  };
  const running: { name: string; process: BenchProcess; endpoint: string; folder: string }[] = [];
  try {
    for (const [name, command] of Object.entries(members)) {
      const folder = mkdtempSync(join(tmpdir(), `steersman-bench-${name}-`));
      running.push({ name, folder, ...(await startMember(command, folder)) });
    }
    for (const [operation, clients] of measurements) {
      for (const { name, process: member, endpoint } of running) {
        const before = member.cpuSeconds();
        const args = [
          ...["--endpoint", endpoint, "--operation", operation],
          ...["--clients", String(clients), "--seconds", String(seconds)],
        ];
        const text = execFileSync(load, args, { encoding: "utf8" });
        const { count, ...measured } = JSON.parse(text) as Measured;
        const cpu = member.cpuSeconds() - before;
        report.row({
          name: `${operation}, ${clients} ${clients === 1 ? "client" : "clients"}, ${name}`,
          perSecond: measured.perSecond,
          serverCpuMilliseconds: (cpu * 1000) / count,
          p50Milliseconds: measured.p50Milliseconds,
          p99Milliseconds: measured.p99Milliseconds,
        });
      }
    }
    for (const { name, process: member } of running) {
      report.fact(`resident in the end, ${name} (MiB)`, member.residentMebibytes());
    }
  } finally {
    for (const { process: member, folder } of running) {
      await member.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
