import assert from "node:assert/strict";
import type { Volume } from "../../../../lib/api/gen/types/coreV1.js";
import { CommandMounter } from "../../../../lib/kubelet/volumes/mounter.js";
import { VolumeManager } from "../../../../lib/kubelet/volumes/volumeManager.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import type { Processes } from "../../../../lib/platform/processes.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { pod } from "../../../support/kubelet/kubeletObjects.js";

/** Files of one machine, and what mount(8) was told: a mounted directory is another device. */
class MountedFiles extends MemoryFiles {
  readonly mounted = new Set<string>();
  readonly commands: string[] = [];
  knowsNoSwap = true;

  override async status(path: string, followLinks?: boolean) {
    const found = await super.status(path, followLinks);
    return found && { ...found, device: this.mounted.has(path) ? 2 : 1 };
  }

  readonly processes: Pick<Processes, "run"> = {
    run: async (command, args) => {
      const line = [command, ...args].join(" ");
      const isRefused = !this.knowsNoSwap && line.includes("noswap");
      this.commands.push(line);
      if (!isRefused) this.mounted.add(args.at(-1) ?? "");
      return { exitCode: isRefused ? 32 : 0, signal: null, stdout: "", stderr: "wrong fs type" };
    },
  };
}

describe("volumes in memory", () => {
  let files: MountedFiles;
  let volumes: VolumeManager;
  beforeEach(() => {
    files = new MountedFiles(() => 0);
    comeUp();
  });

  /** A kubelet that has just begun. */
  function comeUp(): void {
    const processes = files.processes as Processes;
    const platform = { ...nodePlatform, clock: new VirtualClock(), files, processes };
    const sources = {
      configMap: async () => ({ metadata: {}, data: { a: "1" } }),
      secret: async () => ({ metadata: {}, data: { a: "MQ==" } }),
      serviceAccountToken: async () => assert.fail(),
      trustBundle: async () => "ANCHORS",
      podCertificate: () => ({ privateKey: "KEY", chain: "", refreshAt: 0, notAfter: 0 }),
      allocatable: { cpuMilli: 0, memoryBytes: 0, ephemeralStorageBytes: 0 },
    };
    volumes = new VolumeManager(platform, "/k", sources, new CommandMounter(platform));
  }

  const path = (plugin: string): string => `/k/pods/u1/volumes/kubernetes.io~${plugin}/v`;
  const certificate = { podCertificate: { signerName: "a/b", keyType: "ED25519", keyPath: "k" } };
  const kinds: [what: string, volume: Omit<Volume, "name">, plugin: string, options: string][] = [
    ["a secret", { secret: { secretName: "s" } }, "secret", "mode=0777"],
    ["projected sources", { projected: { sources: [certificate] } }, "projected", "mode=0777"],
    ["fields of the pod", { downwardAPI: { items: [] } }, "downward-api", "mode=0777"],
    [
      "an emptyDir of that medium",
      { emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      "empty-dir",
      "size=1048576,mode=0777",
    ],
  ];
  for (const [what, volume, plugin, options] of kinds) {
    it(`has ${what} there, once, and again after the node was started anew`, async () => {
      const wanted = pod({ volumes: [{ name: "v", ...volume }] });
      const mount = `mount -t tmpfs -o ${options},noswap tmpfs ${path(plugin)}`;
      await volumes.setUp(wanted);
      await volumes.setUp(wanted);
      comeUp();
      await volumes.setUp(wanted);
      assert.deepEqual(files.commands, [mount]);
      files.mounted.clear();
      await volumes.setUp(wanted);
      assert.deepEqual(files.commands, [mount, mount]);
    });
  }

  it("has a ConfigMap and a plain emptyDir on disk", async () => {
    const volume = { name: "v", configMap: { name: "c" } };
    await volumes.setUp(pod({ volumes: [volume, { name: "e", emptyDir: {} }] }));
    assert.deepEqual(files.commands, []);
  });

  it("does without the promise of no swap where the kernel does not know it, asked once", async () => {
    files.knowsNoSwap = false;
    const secret = { secret: { secretName: "s" } };
    await volumes.setUp(pod({ volumes: ["v", "w"].map((name) => ({ name, ...secret })) }));
    assert.deepEqual(
      files.commands.map((line) => line.replace(/^.*-o (\S+) .*\/(.)$/, "$1 $2")),
      ["mode=0777,noswap v", "mode=0777 v", "mode=0777 w"],
    );
  });
});
