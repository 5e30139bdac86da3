/**
 * What a cluster costs: `npm run bench [-- --seconds N] [--json FILE]`. A `steersman up` runs in a
 * process of its own and is asked over TLS as an ordinary user (certificate, RBAC, default
 * admission, managedFields, metrics); its CPU is read from the kernel. No figure is asserted.
 */
import { writeFileSync } from "node:fs";
import type { ConfigMap, Pod } from "../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../lib/api/nativeCodec.js";
import type { Client } from "../../lib/client/client.js";
import { loadClientConfig } from "../../lib/client/config/clientConfig.js";
import { connectClient } from "../../lib/client/connectClient.js";
import { resources } from "../../lib/index.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { ServerProcess } from "./serverProcess.js";

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly serverCpuMilliseconds: number;
  readonly p50Milliseconds: number;
}

type Transport = "REST JSON" | "REST protobuf" | "gRPC";

const option = (name: string, or: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return (at < 0 ? undefined : process.argv[at + 1]) ?? or;
};
const seconds = Number(option("seconds", "2"));
const rows: Row[] = [];
const facts: Record<string, number> = {};

function connect(server: ServerProcess, transport: Transport): Promise<Client> {
  const { credentials } = loadClientConfig(nodePlatform, { kubeconfig: server.kubeconfig() });
  return connectClient({
    platform: nodePlatform,
    codec: nativeCodec,
    credentials,
    transport: transport === "gRPC" ? "auto" : "rest",
    contentType: transport === "REST protobuf" ? "protobuf" : "json",
  });
}

/** Runs a request over and over in so many loops for some seconds. */
async function measure(
  name: string,
  server: ServerProcess,
  loops: number,
  request: (sequence: number) => Promise<unknown>,
): Promise<void> {
  let sequence = 0;
  for (let warm = 0; warm < 50; warm++) await request(sequence++);
  const times: number[] = [];
  const cpu = server.cpuSeconds();
  const started = performance.now();
  const end = started + seconds * 1000;
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const before = performance.now();
      await request(sequence++);
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  const elapsed = (performance.now() - started) / 1000;
  const used = server.cpuSeconds() - cpu;
  times.sort((a, b) => a - b);
  const row: Row = {
    name,
    perSecond: Math.round(times.length / elapsed),
    serverCpuMilliseconds: (used * 1000) / times.length,
    p50Milliseconds: times[Math.floor(times.length / 2)] ?? 0,
  };
  rows.push(row);
  console.log(
    `${name.padEnd(52)} ${String(row.perSecond).padStart(7)}/s ` +
      `${row.serverCpuMilliseconds.toFixed(3).padStart(8)} ms CPU  p50 ${row.p50Milliseconds.toFixed(2)} ms`,
  );
}

/** About 1.3 KB as it is sent. */
function podOf(name: string): Pod {
  const environment = Array.from({ length: 12 }, (_, i) => ({
    name: `VARIABLE_${i}`,
    value: `value-of-the-variable-${i}-${"x".repeat(24)}`,
  }));
  return {
    metadata: { name, namespace: "default", labels: { app: "bench", tier: "web" } },
    spec: {
      // Nobody schedules it: what is measured is the API.
      schedulerName: "nobody",
      containers: [
        {
          name: "web",
          image: "registry.local/web:1",
          env: environment,
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        },
      ],
    },
  };
}

async function requests(server: ServerProcess, kind: string, transport: Transport): Promise<void> {
  const client = await connect(server, transport);
  const pods = client.resource(resources.pods);
  const maps = client.resource(resources.configmaps);
  const tag = `${kind}-${transport.replace(" ", "-").toLowerCase()}`;
  const map: ConfigMap = {
    metadata: { name: `${tag}-map`, namespace: "default" },
    data: { text: "x".repeat(1024) },
  };
  const made = await maps.create(map);
  for (const loops of [1, 16, 64]) {
    const label = `${kind}, ${transport}, ${loops} client${loops > 1 ? "s" : ""}`;
    await measure(`create pod, ${label}`, server, loops, (i) =>
      pods.create(podOf(`${tag}-${loops}-${i}`)),
    );
    await measure(`create configmap 1 KiB, ${label}`, server, loops, (i) =>
      maps.create({ ...map, metadata: { name: `${tag}-${loops}-${i}`, namespace: "default" } }),
    );
    await measure(`get pod, ${label}`, server, loops, () =>
      pods.get(`${tag}-1-0`, { namespace: "default" }),
    );
    await measure(`update configmap, ${label}`, server, loops, (i) => {
      const { resourceVersion: _, ...metadata } = made.metadata ?? {};
      return maps.update({ ...made, metadata, data: { text: `${i}`.padEnd(1024, "x") } });
    });
  }
  client.close();
}

async function watches(server: ServerProcess): Promise<void> {
  const client = await connect(server, "gRPC");
  const maps = client.resource(resources.configmaps);
  const metadata = { name: "watched", namespace: "default" };
  await maps.create({ metadata, data: { text: "x".repeat(1024) } });
  for (const watchers of [1, 10, 100, 1000]) {
    const abort = new AbortController();
    let received = 0;
    const streams = Array.from({ length: watchers }, async () => {
      const events = maps.watch({
        ...metadata,
        fieldSelector: "metadata.name=watched",
        signal: abort.signal,
      });
      for await (const event of events) if (event.type === "MODIFIED") received++;
    });
    const ended = Promise.allSettled(streams);
    await nodePlatform.clock.sleep(500 + watchers);
    const cpu = server.cpuSeconds();
    const started = performance.now();
    const changes = watchers >= 1000 ? 40 : 400;
    const target = received + changes * watchers;
    for (let i = 0; i < changes; i++) {
      await maps.update({ metadata, data: { text: `${watchers}-${i}`.padEnd(1024, "x") } });
    }
    while (received < target && performance.now() - started < 20_000)
      await nodePlatform.clock.sleep(5);
    const elapsed = (performance.now() - started) / 1000;
    const used = server.cpuSeconds() - cpu;
    abort.abort();
    await ended;
    const perSecond = Math.round((changes * watchers) / elapsed);
    const perMillion = (used / (changes * watchers)) * 1e6;
    facts[`watch ${watchers}: events/s`] = perSecond;
    facts[`watch ${watchers}: CPU s per million`] = perMillion;
    console.log(
      `watch, gRPC, ${watchers} watchers: ${perSecond} events/s, ${perMillion.toFixed(1)} CPU s a million`,
    );
  }
  client.close();
}

for (const kind of ["memory", "fsync"]) {
  const server = await ServerProcess.start(kind === "memory" ? ["--in-memory"] : []);
  facts[`process start to ready, ${kind} (ms)`] = Math.round(server.readyMilliseconds);
  try {
    for (const transport of ["REST JSON", "REST protobuf", "gRPC"] as const) {
      await requests(server, kind, transport);
    }
    if (kind === "memory") await watches(server);
    facts[`RSS after the load, ${kind} (MiB)`] = Math.round(server.residentMebibytes());
  } finally {
    await server.stop();
  }
}
const idle = await ServerProcess.start(["--in-memory", "--nodes", "1"]);
await nodePlatform.clock.sleep(Number(option("idle", "30")) * 1000);
facts["RSS idle, everything (MiB)"] = Math.round(idle.residentMebibytes());
await idle.stop();
for (const [name, value] of Object.entries(facts)) console.log(`${name.padEnd(52)} ${value}`);
const file = option("json", "");
if (file !== "") writeFileSync(file, JSON.stringify({ rows, facts }, null, 2));
