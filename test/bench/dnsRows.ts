import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Client } from "../../lib/client/client.js";
import { resources } from "../../lib/index.js";
import { buildGoProgram } from "../support/clients/goProgram.js";
import { builtCoredns, Coredns } from "../support/dns/coredns.js";
import type { BenchReport } from "./benchReport.js";
import { adminOf, connect } from "./benchUser.js";
import { cpuSeconds, residentMebibytes } from "./processFigures.js";
import { ServerProcess } from "./serverProcess.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const services = 5_000;
const endpointsEach = 10;
const namespaces = 50;
/** One in so many services is headless. */
const headlessEvery = 5;
const rounds = 3;

const nameOf = (index: number): string => `service-${index}`;
const namespaceOf = (index: number): string => `namespace-${index % namespaces}`;
const isHeadless = (index: number): boolean => index % headlessEvery === 0;
const addressOf = (index: number, endpoint: number): string => {
  const number = index * endpointsEach + endpoint + 1;
  return `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
};

async function createService(client: Client, index: number): Promise<void> {
  const [name, namespace] = [nameOf(index), namespaceOf(index)];
  const ports = [{ name: "http", protocol: "TCP", port: 80 }];
  const spec = isHeadless(index) ? { clusterIP: "None", ports } : { ports };
  await client.resource(resources.services).create({ metadata: { name, namespace }, spec });
  await client.resource(resources.endpointslices).create({
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports,
    endpoints: Array.from({ length: endpointsEach }, (_, endpoint) => ({
      addresses: [addressOf(index, endpoint)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${endpoint}`,
      targetRef: { kind: "Pod", namespace, name: `${name}-${endpoint}` },
    })),
  });
}

async function createObjects(client: Client): Promise<void> {
  for (let index = 0; index < namespaces; index++) {
    await client.resource(resources.namespaces).create({ metadata: { name: namespaceOf(index) } });
  }
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < services; index = next++) await createService(client, index);
  };
  await Promise.all(Array.from({ length: 32 }, work));
}

/** Lines of names and types to ask for, as the index grows. */
const loads: Readonly<Record<string, (index: number) => string>> = {
  "A, cluster IP": (index) => `${fullName(index * headlessEvery + 1)} A`,
  "A, 10 endpoints": (index) => `${fullName(index * headlessEvery)} A`,
  "SRV, 10 endpoints": (index) => `_http._tcp.${fullName(index * headlessEvery)} SRV`,
  "A, NXDOMAIN": (index) => `${fullName(index)}.${namespaceOf(index)}.svc.cluster.local A`,
  "AAAA, NODATA": (index) => `${fullName(index * headlessEvery + 1)} AAAA`,
  "A and AAAA along a search path": (index) => searchPath(index).join("\n"),
  PTR: (index) => `${addressOf(index, 3).split(".").reverse().join(".")}.in-addr.arpa PTR`,
};

function fullName(index: number): string {
  const at = index % services;
  return `${nameOf(at)}.${namespaceOf(at)}.svc.cluster.local`;
}

/** What a pod's resolver asks for `NAME.NAMESPACE` from another namespace. */
function searchPath(index: number): string[] {
  const at = (index * headlessEvery + 1) % services;
  const asked = `${nameOf(at)}.${namespaceOf(at)}`;
  const paths = [`${namespaceOf(at + 1)}.svc.cluster.local`, "svc.cluster.local"];
  return paths.flatMap((path) => [`${asked}.${path} A`, `${asked}.${path} AAAA`]);
}

/** Loads that are asked over TCP too, with many queries under way on a connection. */
const alsoOverTcp: readonly string[] = ["A, cluster IP", "SRV, 10 endpoints"];

/** A process that answers, whoever made it. */
interface Answerer {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  stop(): Promise<void>;
}

async function startOurs(kubeconfig: string): Promise<Answerer> {
  const program = `${root}dist/bundle/cmd/bin/steersman.js`;
  const where = ["--listen-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0"];
  const child = spawn(
    process.execPath,
    [program, "dns", "--kubeconfig", kubeconfig, "--forward", "none", ...where],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
  let address = "";
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const found = /Serving DNS.*host="?([\d.]+)"?.*port=(\d+)/.exec(line);
      if (found !== null) address = `${found[1]}:${found[2]}`;
      if (line.includes("Every object is known")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`steersman dns ended with ${code}`)));
  });
  return {
    ...{ name: "steersman dns", pid: child.pid ?? 0, address },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function startTheirs(kubeconfig: string): Promise<Answerer> {
  const coredns = await Coredns.start(builtCoredns(), kubeconfig);
  const { host, port } = coredns.address;
  return {
    ...{ name: "CoreDNS", pid: coredns.pid, address: `${host}:${port}` },
    stop: () => coredns.stop(),
  };
}

const run = promisify(execFile);

/**
 * What a query costs of `steersman dns` and of CoreDNS, over one API server with 5,000 Services
 * and 50,000 endpoints, asked in turn by one load generator; and the memory of both.
 */
export async function dnsRows(report: BenchReport, seconds: number): Promise<void> {
  const load = buildGoProgram({
    name: "dnsload",
    folder: "test/bench/dns/load",
    module: "github.com/miekg/dns",
  });
  const folder = mkdtempSync(join(tmpdir(), "steersman-dns-bench-"));
  const server = await ServerProcess.start(["--in-memory", "--nodes", "0"]);
  const answerers: Answerer[] = [];
  try {
    const client = await connect(adminOf(server), "gRPC");
    await createObjects(client);
    client.close();
    answerers.push(await startOurs(server.kubeconfig()), await startTheirs(server.kubeconfig()));
    for (const { name, pid } of answerers) {
      report.fact(`${name}: resident when it has just listed all (MiB)`, residentMebibytes(pid));
    }
    for (const [what, lineOf] of Object.entries(loads)) {
      const file = join(folder, "queries");
      const lines = Array.from({ length: 1_000 }, (_, index) => lineOf(index));
      writeFileSync(file, `${lines.join("\n")}\n`);
      const turn = { file, load, answerers, seconds };
      await askInTurn(report, { ...turn, what, network: "udp" });
      if (!alsoOverTcp.includes(what)) continue;
      await askInTurn(report, { ...turn, what: `${what}, TCP`, network: "tcp" });
    }
    for (const { name, pid } of answerers) {
      report.fact(`${name}: resident in the end (MiB)`, residentMebibytes(pid));
      report.fact(`${name}: resident at most (MiB)`, residentMebibytes(pid, "VmHWM"));
    }
  } finally {
    for (const answerer of answerers) await answerer.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Turn {
  readonly what: string;
  readonly file: string;
  readonly load: string;
  readonly answerers: readonly Answerer[];
  readonly seconds: number;
  readonly network: "udp" | "tcp";
}

async function askInTurn(report: BenchReport, turn: Turn): Promise<void> {
  const totals = new Map<Answerer, { responses: number; cpu: number; lost: number }>();
  for (let round = 0; round < rounds; round++) {
    for (const answerer of turn.answerers) {
      const before = cpuSeconds(answerer.pid);
      const args = [answerer.address, turn.file, String(turn.seconds), turn.network];
      const { stdout } = await run(turn.load, args);
      const [responses = 0, , lost = 0] = stdout.trim().split(" ").map(Number);
      const total = totals.get(answerer) ?? { responses: 0, cpu: 0, lost: 0 };
      totals.set(answerer, {
        responses: total.responses + responses,
        cpu: total.cpu + cpuSeconds(answerer.pid) - before,
        lost: total.lost + lost,
      });
    }
  }
  const costs = new Map<string, number>();
  for (const [{ name }, { responses, cpu, lost }] of totals) {
    costs.set(name, (cpu * 1e6) / Math.max(responses, 1));
    report.row({
      name: `${turn.what}: ${name}${lost > 0 ? ` (${lost} lost)` : ""}`,
      perSecond: responses / (rounds * turn.seconds),
      serverCpuMilliseconds: (cpu * 1000) / Math.max(responses, 1),
    });
    report.fact(`${turn.what}: ${name}: CPU a query (µs)`, costs.get(name) ?? 0);
  }
  const [ours = 0, theirs = 0] = costs.values();
  report.fact(`${turn.what}: queries for the CPU of one of CoreDNS`, theirs / ours);
}
