import assert from "node:assert/strict";
import type { ContainerConfig, PodSandboxConfig } from "../../../../lib/kubelet/cri/runtime.js";
import {
  ContainerGarbage,
  type ContainerGarbagePolicy,
} from "../../../../lib/kubelet/garbage/containerGarbage.js";
import { ContainerRemover } from "../../../../lib/kubelet/garbage/containerRemover.js";
import { SimulatedRuntime } from "../../../../lib/kubelet/simulated/simulatedRuntime.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

describe("ContainerGarbage", () => {
  let clock: VirtualClock;
  let files: MemoryFiles;
  let runtime: SimulatedRuntime;
  let remover: ContainerRemover;
  beforeEach(() => {
    clock = new VirtualClock();
    files = new MemoryFiles(() => clock.now());
    runtime = new SimulatedRuntime({ clock, random: new SeededRandom(1) });
    remover = new ContainerRemover({
      files,
      runtime,
      podDirectory: (uid) => `/pods/${uid}`,
      containerLogsDirectory: "/links",
    });
  });
  afterEach(() => runtime.close());

  function garbage(more: Partial<ContainerGarbagePolicy> = {}): ContainerGarbage {
    return new ContainerGarbage({
      clock,
      runtime,
      remover,
      policy: { minimumAgeMilliseconds: 0, maximumPerContainer: 1, maximum: -1, ...more },
      isKnown: (uid) => uid !== "stranger",
      onRemoved: () => undefined,
    });
  }

  const sandbox = (uid: string, attempt = 0): Promise<string> =>
    runtime.runPodSandbox({
      metadata: { name: uid, namespace: "default", uid, attempt },
      logDirectory: `/logs/${uid}`,
      labels: { "io.kubernetes.pod.uid": uid },
      annotations: {},
      security: { namespaces: { network: "node", pid: "pod", ipc: "pod" } },
    } as unknown as PodSandboxConfig);

  async function container(
    sandboxId: string,
    uid: string,
    name: string,
    attempt: number,
    state: "created" | "running" | "exited" = "exited",
  ): Promise<string> {
    await clock.advance(1_000);
    const id = await runtime.createContainer(sandboxId, {
      metadata: { name, attempt },
      labels: {
        "io.kubernetes.pod.uid": uid,
        "io.kubernetes.pod.name": uid,
        "io.kubernetes.pod.namespace": "default",
        "io.kubernetes.container.name": name,
      },
      annotations: {},
      ...{ command: [], args: [] },
      logPath: `${name}/${attempt}.log`,
    } as unknown as ContainerConfig);
    if (state !== "created") await runtime.startContainer(id);
    if (state === "exited") await runtime.stopContainer(id);
    return id;
  }
  const left = async (): Promise<string[]> =>
    (await runtime.listContainers())
      .map(
        ({ labels, metadata }) =>
          `${labels["io.kubernetes.pod.uid"]}/${metadata.name}/${metadata.attempt}`,
      )
      .sort();

  it("keeps the newest ended instance of each container, and all that run", async () => {
    const [one, two] = [await sandbox("u1"), await sandbox("u2")];
    for (const attempt of [0, 1, 2]) await container(one, "u1", "a", attempt);
    await container(one, "u1", "a", 3, "running");
    for (const attempt of [0, 1]) await container(one, "u1", "b", attempt);
    await container(two, "u2", "a", 0);
    await garbage().collect();
    assert.deepEqual(await left(), ["u1/a/2", "u1/a/3", "u1/b/1", "u2/a/0"]);
  });

  it("leaves young ones, those that are being started, and strangers", async () => {
    const [one, other] = [await sandbox("u1"), await sandbox("stranger")];
    for (const attempt of [0, 1]) await container(other, "stranger", "a", attempt);
    await container(one, "u1", "a", 0);
    await container(one, "u1", "a", 1, "created");
    await container(one, "u1", "a", 2, "created");
    const all = await left();
    await garbage({ minimumAgeMilliseconds: 60_000 }).collect();
    assert.deepEqual(await left(), all);
    await garbage().collect();
    assert.deepEqual(await left(), all);
    await clock.advance(61_000);
    await garbage().collect();
    assert.deepEqual(await left(), ["stranger/a/0", "stranger/a/1", "u1/a/2"]);
  });

  it("bounds all of them together, one for each container as long as that goes", async () => {
    const one = await sandbox("u1");
    for (const attempt of [0, 1, 2, 3]) await container(one, "u1", "a", attempt);
    for (const attempt of [0, 1]) await container(one, "u1", "b", attempt);
    await container(one, "u1", "c", 0);
    await garbage({ maximumPerContainer: -1, maximum: 4 }).collect();
    assert.deepEqual(await left(), ["u1/a/3", "u1/b/1", "u1/c/0"]);
    await garbage({ maximumPerContainer: -1, maximum: 2 }).collect();
    assert.deepEqual(await left(), ["u1/b/1", "u1/c/0"]);
  });

  it("removes old sandboxes that are empty", async () => {
    const old = await sandbox("u1", 0);
    await clock.advance(1_000);
    const used = await sandbox("u1", 1);
    await clock.advance(1_000);
    const now = await sandbox("u1", 2);
    await container(used, "u1", "a", 0);
    for (const id of [old, used]) await runtime.stopPodSandbox(id);
    await garbage().collect();
    const ids = (await runtime.listPodSandboxes()).map(({ id }) => id);
    assert.deepEqual(new Set(ids), new Set([used, now]));
  });

  it("takes logs, links and last words with a container, and leaves its siblings'", async () => {
    const one = await sandbox("u1");
    const id = await container(one, "u1", "a", 1);
    for (const directory of ["/logs/u1/a", "/pods/u1/containers/a", "/links"]) {
      await files.makeDirectory(directory);
    }
    const kept = ["/logs/u1/a/10.log", "/logs/u1/a/11.log.1.gz", "/pods/u1/containers/a/10"];
    const gone = [
      "/logs/u1/a/1.log",
      "/logs/u1/a/1.log.20260101-000000",
      "/logs/u1/a/1.log.20250101-000000.gz",
      "/pods/u1/containers/a/1",
      `/links/u1_default_a-${id}.log`,
    ];
    for (const path of [...kept, ...gone]) await files.writeFile(path, "");
    await remover.remove(id);
    for (const path of kept) assert.ok(await files.exists(path), path);
    for (const path of gone) assert.ok(!(await files.exists(path)), path);
  });
});
