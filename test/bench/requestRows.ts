import type { ConfigMap } from "../../lib/api/gen/types/coreV1.js";
import type { Credentials } from "../../lib/client/config/credentials.js";
import { resources } from "../../lib/index.js";
import { benchPod } from "./benchPod.js";
import { type BenchReport, percentile } from "./benchReport.js";
import { connect, type Transport } from "./benchUser.js";
import type { ServerProcess } from "./serverProcess.js";

export interface RequestBench {
  readonly report: BenchReport;
  readonly server: ServerProcess;
  readonly credentials: Credentials;
  /** Of each row. */
  readonly seconds: number;
}

const warmUps = 64;

/** Runs a request over and over in so many loops for some seconds. */
async function measure(
  bench: RequestBench,
  name: string,
  loops: number,
  request: (sequence: number) => Promise<unknown>,
): Promise<void> {
  const { server } = bench;
  let sequence = 0;
  // Each client's connection is made before it is measured, too.
  for (let warm = 0; warm < warmUps; warm += loops) {
    await Promise.all(Array.from({ length: loops }, () => request(sequence++)));
  }
  const times: number[] = [];
  const cpu = server.cpuSeconds();
  const started = performance.now();
  const end = started + bench.seconds * 1000;
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
  bench.report.row({
    name,
    perSecond: times.length / elapsed,
    serverCpuMilliseconds: (used * 1000) / times.length,
    p50Milliseconds: percentile(times, 0.5),
    p99Milliseconds: percentile(times, 0.99),
  });
}

/** Creates, gets and updates by 1, 16 and 64 clients over one transport. */
export async function requestRows(
  bench: RequestBench,
  storage: string,
  transport: Transport,
): Promise<void> {
  const client = await connect(bench.credentials, transport);
  const pods = client.resource(resources.pods);
  const maps = client.resource(resources.configmaps);
  const tag = `${storage}-${transport.replace(" ", "-").toLowerCase()}`;
  const namespace = "default";
  const mapOf = (name: string, text: string): ConfigMap => ({
    metadata: { name: `${tag}-${name}`, namespace },
    data: { text: text.padEnd(1024, "x") },
  });
  for (const loops of [1, 16, 64]) {
    const label = `${storage}, ${transport}, ${loops} client${loops > 1 ? "s" : ""}`;
    await measure(bench, `create pod, ${label}`, loops, (i) =>
      pods.create(benchPod(`${tag}-${loops}-${i}`)),
    );
    await measure(bench, `create configmap 1 KiB, ${label}`, loops, (i) =>
      maps.create(mapOf(`${loops}-${i}`, "")),
    );
    await measure(bench, `get pod, ${label}`, loops, () => pods.get(`${tag}-1-0`, { namespace }));
    await measure(bench, `update configmaps, ${label}`, loops, (i) =>
      maps.update(mapOf(`${loops}-${i % warmUps}`, String(i))),
    );
    await measure(bench, `update one configmap, ${label}`, loops, (i) =>
      maps.update(mapOf(`${loops}-0`, `one-${i}`)),
    );
  }
  client.close();
}

/** Whole lists of 10,000 pods, as informers without paging ask for them. */
export async function listRows(bench: RequestBench): Promise<void> {
  const count = 10_000;
  const filler = await connect(bench.credentials, "gRPC");
  const namespace = "default";
  const pods = filler.resource(resources.pods);
  for (let from = 0; from < count; from += 100) {
    const some = Array.from({ length: 100 }, (_, i) => pods.create(benchPod(`listed-${from + i}`)));
    await Promise.all(some);
  }
  filler.close();
  for (const contentType of ["json", "vnd.kubernetes.protobuf"]) {
    const client = await connect(bench.credentials, "REST JSON");
    const read = async (): Promise<number> => {
      const answer = await client.raw({
        path: `/api/v1/namespaces/${namespace}/pods`,
        headers: { accept: `application/${contentType}` },
      });
      return (await answer.readAll(256 << 20)).length;
    };
    let bytes = await read();
    const cpu = bench.server.cpuSeconds();
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = performance.now();
      bytes = await read();
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    bench.report.row({
      name: `list of ${count} pods, ${contentType}, ${Math.round(bytes / 1e6)} MB`,
      perSecond: 5000 / times.reduce((sum, time) => sum + time, 0),
      serverCpuMilliseconds: ((bench.server.cpuSeconds() - cpu) * 1000) / 5,
      p50Milliseconds: percentile(times, 0.5),
      p99Milliseconds: percentile(times, 0.99),
    });
    client.close();
  }
}
