import type { BenchReport } from "./benchReport.js";
import { BareServer } from "./peers/bareServer.js";
import { type LoadOptions, type Measured, runLoad } from "./peers/load.js";
import { builtPeers, certificateOf, Peer, read, type Side, versionsOf } from "./peers/peer.js";

const sides: readonly Side[] = ["upstream", "steersman"];
const json = "application/json";
const protobuf = "application/vnd.kubernetes.protobuf";
const listed = 13_000;
const scheduledNodes = 1_000;
const scheduledPods = 3_000;
const kept = { prefix: "kept", objects: 1_000 };
const watchCount = { watchers: 1_000, count: 500 };

interface PeerRow {
  readonly name: string;
  readonly row: string;
  readonly options: LoadOptions;
  readonly rounds: number;
  /** What an operation's CPU is given in, and what it is multiplied by from seconds. */
  readonly unit: "ms" | "s" | "µs";
}

const factors = { s: 1, ms: 1e3, µs: 1e6 } as const;

/** The rows of one server each, in the order in which objects come to be. */
const rows = (rounds: number): readonly PeerRow[] => {
  const of = (
    name: string,
    row: string,
    options: LoadOptions,
    unit: PeerRow["unit"] = "ms",
  ): PeerRow => ({ name, row, options, rounds, unit });
  const [many, few] = [{ clients: 64 }, { clients: 1 }];
  return [
    of("create a pod, 64 clients, protobuf", "create-pods", { ...many, count: 2_000 }),
    of("create a ConfigMap of 1 KiB, 64 clients", "create-configmap", { ...many, count: 4_000 }),
    of("get a pod, 64 clients", "get-pods", { ...many, ...kept, count: 10_000 }),
    of("get a pod, 1 client", "get-pods", { ...few, ...kept, count: 3_000 }),
    of("update a pod, 64 clients, 1,000 objects", "update-pods", {
      ...{ ...many, objects: 1_000, count: 2_000 },
    }),
    of("list 13,000 pods, protobuf", "list-pods", { count: 5, media: protobuf }),
    of("list 13,000 pods, JSON", "list-pods", { count: 5, media: json }),
    {
      ...of("list 13,000 pods of which 1 % changed, JSON", "list-changed", { media: json }),
      rounds: 4 * rounds,
    },
    of("an event to one of 1,000 watches, protobuf", "watch-pods", watchCount, "µs"),
    of(
      "an event to one of 1,000 watches, JSON",
      "watch-pods",
      { ...watchCount, media: json },
      "µs",
    ),
  ];
};

/** The row's place in time: after these, 13,000 pods are there. */
const before = "list 13,000 pods, protobuf";

type Costs = Map<Side, number>;

/**
 * The same work on upstream's kube-apiserver with etcd and on this project's, in turn by one load
 * generator: CPU of the server's processes for each operation, and how many times less ours is.
 */
export async function peersRows(
  report: BenchReport,
  options: { readonly rounds: number; readonly only: string; readonly onEtcd: boolean },
): Promise<void> {
  const programs = builtPeers();
  console.log(`beside ${versionsOf(programs)}`);
  const peers: Peer[] = [];
  try {
    for (const side of sides) {
      const peer = await Peer.start(side, programs, options.onEtcd);
      peers.push(peer);
      await runLoad(peer, "prepare", { asAdministrator: true });
      await runLoad(peer, "create-pods", { count: 1_000, clients: 16, prefix: "kept" });
    }
    tell(
      report,
      "from the start to ready (ms)",
      peers,
      ({ startMilliseconds }) => startMilliseconds,
    );
    for (const row of rows(options.rounds)) {
      if (row.name === before) for (const peer of peers) await fill(peer);
      if (row.name.includes(options.only)) await measure(report, row, peers);
    }
    if (options.onEtcd) {
      tell(report, "etcd's own CPU in all (s)", peers, (peer) => peer.etcdCpuSeconds());
    }
    tell(report, "resident in the end (MiB)", peers, (peer) => peer.residentMebibytes());
  } finally {
    for (const peer of peers) await peer.stop();
  }
  if (!"schedule".includes(options.only)) return;
  await scheduling(report, programs, options.onEtcd);
}

async function fill(peer: Peer): Promise<void> {
  await runLoad(peer, "create-to", { clients: 16, count: listed, prefix: "filled" });
}

async function measure(report: BenchReport, row: PeerRow, peers: readonly Peer[]): Promise<void> {
  const found = new Map<Side, Measured[]>();
  // The first round warms up both sides (compilers, caches, heaps), and is not counted.
  for (let round = 0; round <= row.rounds; round++) {
    for (const peer of peers) {
      const prefix = row.options.prefix ?? `${slug(row.name)}-${round}`;
      const measured = await runLoad(peer, row.row, { ...row.options, prefix });
      if (round === 0) continue;
      found.set(peer.side, [...(found.get(peer.side) ?? []), measured]);
    }
  }
  const costs: Costs = new Map();
  for (const [side, all] of found) {
    const operations = all.reduce((sum, one) => sum + one.operations, 0);
    const cpu = all.reduce((sum, one) => sum + one.cpuSeconds, 0);
    const seconds = all.reduce((sum, one) => sum + one.seconds, 0);
    costs.set(side, cpu / operations);
    report.row({
      name: `${row.name}: ${side}`,
      perSecond: operations / seconds,
      serverCpuMilliseconds: (cpu * 1000) / operations,
      p50Milliseconds: Math.min(...all.map(({ p50Milliseconds }) => p50Milliseconds)),
      p99Milliseconds: Math.min(...all.map(({ p99Milliseconds }) => p99Milliseconds)),
    });
  }
  compare(report, row.name, costs, row.unit);
  const own = peers.find(({ side }) => side === "steersman");
  const bytes = found.get("steersman")?.[0];
  if (row.row !== "watch-pods" || own === undefined || bytes === undefined) return;
  const bare = await besideBare(row, own, Math.round(bytes.bytes / bytes.operations));
  report.fact(`${row.name}: bare hyper: CPU (${row.unit})`, bare * factors[row.unit]);
  report.fact(`${row.name}: times a bare server`, (costs.get("steersman") ?? Number.NaN) / bare);
}

/** What a server that does nothing but send events of so many bytes costs for each. */
async function besideBare(row: PeerRow, own: Peer, eventBytes: number): Promise<number> {
  const path = `/api/v1/namespaces/default/pods?limit=${kept.objects}`;
  const bare = await BareServer.start({
    loadProgram: own.loadProgram(),
    ...certificateOf(own),
    list: await read(own, path, protobuf),
    eventBytes,
    framing: row.options.media === json ? "json" : "protobuf",
  });
  try {
    let [cpu, operations] = [0, 0];
    for (let round = 0; round <= row.rounds; round++) {
      const measured = await runLoad(bare, row.row, { ...row.options, prefix: `bare-${round}` });
      if (round === 0) continue;
      cpu += measured.cpuSeconds;
      operations += measured.operations;
    }
    return cpu / operations;
  } finally {
    await bare.stop();
  }
}

function compare(report: BenchReport, name: string, costs: Costs, unit: PeerRow["unit"]): void {
  for (const [side, cost] of costs) {
    report.fact(`${name}: ${side}: CPU (${unit})`, cost * factors[unit]);
  }
  report.fact(`${name}: times less`, ratio(costs));
}

const ratio = (costs: Costs): number =>
  (costs.get("upstream") ?? Number.NaN) / (costs.get("steersman") ?? Number.NaN);

function tell(
  report: BenchReport,
  what: string,
  peers: readonly Peer[],
  figureOf: (peer: Peer) => number,
): void {
  const costs: Costs = new Map(peers.map((peer) => [peer.side, figureOf(peer)]));
  for (const [side, value] of costs) report.fact(`${what}: ${side}`, value);
  report.fact(`${what}: times less`, ratio(costs));
}

/** Pods created, scheduled and bound to 1,000 nodes; the scheduler's CPU is in it. */
async function scheduling(
  report: BenchReport,
  programs: ReturnType<typeof builtPeers>,
  onEtcd: boolean,
): Promise<void> {
  const costs: Costs = new Map();
  const name = `a pod created, scheduled and bound, ${scheduledNodes} nodes`;
  for (const side of sides) {
    const peer = await Peer.start(side, programs, onEtcd);
    try {
      await runLoad(peer, "prepare", { asAdministrator: true });
      await runLoad(peer, "nodes", { clients: 16, count: scheduledNodes });
      peer.startScheduler();
      await runLoad(peer, "schedule", { clients: 16, count: 64, prefix: "warm" });
      const measured = await runLoad(peer, "schedule", {
        ...{ clients: 32, count: scheduledPods, prefix: "bound" },
      });
      costs.set(side, measured.cpuSeconds / measured.operations);
      report.row({
        name: `${name}: ${side}`,
        perSecond: measured.operations / measured.seconds,
        serverCpuMilliseconds: (measured.cpuSeconds * 1000) / measured.operations,
      });
    } finally {
      await peer.stop();
    }
  }
  compare(report, name, costs, "ms");
}

const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
