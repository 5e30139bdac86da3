/**
 * What a cluster costs: `npm run bench [-- dns|etcd|peers|store] [-- --only start,requests,lists,watch,schedule]
 * [--json FILE] [--seconds N] [--transport gRPC] [--storage memory] [--idle N]`. A `steersman up`
 * runs in a process of its own and is asked over TLS as an ordinary user (token, RBAC, default
 * admission, managedFields, metrics); its CPU is read from the kernel. No figure is asserted.
 * With `etcd` etcd and `steersman etcd` are asked the same in turn.
 * With `dns` the cluster's DNS server is measured instead, beside CoreDNS; with `peers` upstream's
 * kube-apiserver, etcd and kube-scheduler are built and asked the same in turn (`--rounds N`;
 * `--etcd`: both on an etcd of their own, the API servers' CPU alone); with `store` the store alone, in its crate and through its driver.
 */
import { BenchReport } from "./benchReport.js";
import { benchUser, transports } from "./benchUser.js";
import { dnsRows } from "./dnsRows.js";
import { etcdRows } from "./etcdRows.js";
import { peersRows } from "./peersRows.js";
import { listRows, type RequestBench, requestRows } from "./requestRows.js";
import { scheduleRow } from "./scheduleRows.js";
import { ServerProcess } from "./serverProcess.js";
import { startRows } from "./startRows.js";
import { storeRows } from "./storeRows.js";
import { watchRows } from "./watchRows.js";

const option = (name: string, or: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return (at < 0 ? undefined : process.argv[at + 1]) ?? or;
};
const seconds = Number(option("seconds", "2"));
const everything = "start,requests,lists,watch,schedule";
const others = "dns,etcd,peers,store";
const part = process.argv[2] ?? "";
/** The first word, as in `dns`, else what `--only` says. */
const only = (part === "" || part.startsWith("-") ? option("only", everything) : part).split(",");
const unknown = only.filter((one) => !`${everything},${others}`.split(",").includes(one));
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(", ")}: no such part; there are ${everything},${others}\n`);
  process.exit(1);
}
const options = ["only", "json", "seconds", "transport", "storage", "idle", "rounds", "etcd"];
const strange = process.argv
  .slice(2)
  .find((word) => word.startsWith("-") && !options.includes(word.replace(/^--/, "")));
if (strange !== undefined) {
  const known = options.map((name) => `--${name}`).join(" ");
  process.stderr.write(`${strange}: no such option; there are ${known}\n`);
  process.exit(1);
}
/** Only transports whose name has this in it. */
const transport = option("transport", "");
const report = new BenchReport();

/** Runs some rows against a server of their own; says what it has grown to in the end. */
async function withServer(
  what: string,
  args: readonly string[],
  rows: (bench: RequestBench) => Promise<void>,
): Promise<void> {
  const server = await ServerProcess.start(args);
  try {
    await rows({ report, server, seconds, credentials: await benchUser(server) });
    report.fact(`RSS after ${what} (MiB)`, server.residentMebibytes());
  } finally {
    await server.stop();
  }
}

if (only.includes("dns")) await dnsRows(report, seconds);
if (only.includes("etcd")) await etcdRows(report, seconds);
if (only.includes("peers")) {
  await peersRows(report, {
    rounds: Number(option("rounds", "2")),
    only: option("only", ""),
    onEtcd: process.argv.includes("--etcd"),
  });
}
if (only.includes("store")) storeRows();
if (only.includes("start")) await startRows(report, Number(option("idle", "30")));
for (const storage of only.includes("requests")
  ? option("storage", "fsync,memory").split(",")
  : []) {
  await withServer(
    `requests, ${storage}`,
    storage === "memory" ? ["--in-memory"] : [],
    async (bench) => {
      for (const name of transports) {
        if (name.includes(transport)) await requestRows(bench, storage, name);
      }
    },
  );
}
if (only.includes("lists")) await withServer("lists", ["--in-memory"], listRows);
if (only.includes("watch"))
  await withServer("watches", ["--in-memory"], (bench) => watchRows(bench, transport));
if (only.includes("schedule")) {
  for (const storage of ["fsync", "memory"]) {
    const args = [
      ...(storage === "memory" ? ["--in-memory"] : []),
      "--nodes",
      "0",
      "--cluster-cidr",
      "10.128.0.0/9",
    ];
    await withServer(`scheduling, ${storage}`, args, scheduleRow);
  }
}
const file = option("json", "");
if (file !== "") report.write(file);
