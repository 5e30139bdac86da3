import assert from "node:assert/strict";
import type { Pod, PodSpec, Volume, VolumeMount } from "../../../../lib/api/gen/types/coreV1.js";
import { writeAtomically } from "../../../../lib/kubelet/volumes/atomicWriter.js";
import { memoryMounter } from "../../../../lib/kubelet/volumes/mounter.js";
import {
  type VolumeSources,
  volumeContent,
} from "../../../../lib/kubelet/volumes/volumeContent.js";
import { VolumeManager } from "../../../../lib/kubelet/volumes/volumeManager.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../../lib/platform/platform.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function sourcesOf(data: Record<string, string>): VolumeSources {
  return {
    configMap: async (_namespace, name) =>
      name === "config"
        ? { metadata: { name }, data, binaryData: { raw: base64("\u0001") } }
        : undefined,
    secret: async (_namespace, name) =>
      name === "secret" ? { metadata: { name }, data: { key: base64("hidden") } } : undefined,
    serviceAccountToken: async (_pod, audience, expirationSeconds) => ({
      metadata: {},
      spec: { audiences: [], expirationSeconds },
      status: { token: `token-${audience}-${expirationSeconds}`, expirationTimestamp: "" },
    }),
    trustBundle: async ({ name, path }) => {
      if (name === "none") throw new Error(`no bundle for ${path}`);
      return "ANCHORS";
    },
    podCertificate: (_pod, volume, source) => {
      if (volume === "late") throw new Error("credential bundle is not issued yet");
      return { privateKey: `KEY${source}`, chain: "CHAIN", refreshAt: 0, notAfter: 0 };
    },
    allocatable: { cpuMilli: 1000, memoryBytes: 1000, ephemeralStorageBytes: 1000 },
  };
}

describe("writeAtomically", () => {
  const contentOf = (files: Record<string, string>) =>
    new Map(
      Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o644 }]),
    );

  it("swaps all files at once, takes removed ones away and leaves an equal set alone", async () => {
    const files = new MemoryFiles(() => 0);
    await files.makeDirectory("/v");
    assert.equal(await writeAtomically(files, "/v", contentOf({ a: "1", "d/b": "2" }), "1"), true);
    assert.equal(await files.readText("/v/d/b"), "2");
    assert.equal(await files.readLink("/v/a"), "..data/a");
    assert.equal(await files.readLink("/v/..data"), "..1");
    assert.equal(await writeAtomically(files, "/v", contentOf({ a: "1", "d/b": "2" }), "2"), false);

    const renamed: string[] = [];
    const rename = files.rename.bind(files);
    files.rename = async (from, to) => {
      // Until the swap a reader sees the old files whole.
      assert.deepEqual([await files.readText("/v/a"), await files.readText("/v/d/b")], ["1", "2"]);
      renamed.push(`${from} ${to}`);
      await rename(from, to);
    };
    assert.equal(await writeAtomically(files, "/v", contentOf({ a: "3", c: "4" }), "3"), true);
    assert.deepEqual(renamed, ["/v/..data_tmp /v/..data"]);
    assert.deepEqual(await files.list("/v"), ["..3", "..data", "a", "c"]);
    assert.equal(await files.readText("/v/a"), "3");
  });

  it("goes on after a crash between writing and swapping", async () => {
    const files = new MemoryFiles(() => 0);
    await files.makeDirectory("/v");
    await files.symlink("..0", "/v/..data_tmp");
    await writeAtomically(files, "/v", contentOf({ a: "1" }), "1");
    assert.equal(await files.readText("/v/a"), "1");
  });

  it("leaves nothing of a write that failed, nor of one that ended in the middle", async () => {
    const files = new MemoryFiles(() => 0);
    await files.makeDirectory("/v");
    await writeAtomically(files, "/v", contentOf({ a: "1" }), "1");
    const writeFile = files.writeFile.bind(files);
    files.writeFile = async (path, ...rest) => {
      if (path.endsWith("/b")) throw new Error("no space");
      await writeFile(path, ...rest);
    };
    const failing = writeAtomically(files, "/v", contentOf({ a: "2", "d/b": "2" }), "2");
    await assert.rejects(failing, /^Error: no space$/);
    assert.deepEqual(await files.list("/v"), ["..1", "..data", "a"]);
    assert.equal(await files.readText("/v/a"), "1");
    await files.makeDirectory("/v/..0_7/d");
    await writeAtomically(files, "/v", contentOf({ a: "3" }), "3");
    assert.deepEqual(await files.list("/v"), ["..3", "..data", "a"]);
  });

  it("refuses a file where a directory has to be, before anything is written", async () => {
    const files = new MemoryFiles(() => 0);
    await files.makeDirectory("/v");
    const both = contentOf({ "x/y/z": "1", "x.y": "2", x: "3" });
    const failing = writeAtomically(files, "/v", both, "1");
    await assert.rejects(failing, /^Error: paths "x" and "x\/y\/z" exclude each other$/);
    assert.deepEqual(await files.list("/v"), []);
  });

  for (const path of ["/a", "../a", "a/../../b", "..a", ""]) {
    it(`refuses ${JSON.stringify(path)}`, async () => {
      const files = new MemoryFiles(() => 0);
      await files.makeDirectory("/v");
      await assert.rejects(writeAtomically(files, "/v", contentOf({ [path]: "1" }), "1"));
      assert.deepEqual(await files.list("/v"), []);
    });
  }

  it("lets the pod's group read", async () => {
    const files = new MemoryFiles(() => 0);
    await files.makeDirectory("/v");
    const content = new Map([["a", { data: Buffer.from("1"), mode: 0o400 }]]);
    await writeAtomically(files, "/v", content, "1", 2000);
    assert.equal((await files.status("/v/a"))?.mode, 0o440);
  });
});

describe("volumeContent", () => {
  const sources = sourcesOf({ a: "1", b: "2" });
  const modes = async (volume: Omit<Volume, "name">, of: Pod = pod()) => {
    const content = await volumeContent(of, { name: "v", ...volume }, sources);
    const shown = [...(content ?? [])].map(([path, file]) => [
      path,
      `${file.mode.toString(8)} ${Buffer.from(file.data).toString()}`,
    ]);
    return Object.fromEntries(shown);
  };
  const token = { serviceAccountToken: { path: "token", audience: "x", expirationSeconds: 600 } };

  it("has all keys, or the items with their paths and modes", async () => {
    assert.deepEqual(await modes({ configMap: { name: "config" } }), {
      a: "644 1",
      b: "644 2",
      raw: "644 \u0001",
    });
    const items = [
      { key: "a", path: "x/y", mode: 0o600 },
      { key: "b", path: "z" },
    ];
    assert.deepEqual(await modes({ configMap: { name: "config", defaultMode: 0o400, items } }), {
      "x/y": "600 1",
      z: "400 2",
    });
  });

  const refused: [string, Omit<Volume, "name">][] = [
    ['configmap "none" not found', { configMap: { name: "none" } }],
    ['secret "none" not found', { secret: { secretName: "none" } }],
    [
      "references non-existent config key: c",
      { configMap: { name: "config", items: [{ key: "c", path: "c" }] } },
    ],
    [
      "references non-existent secret key: c",
      { secret: { secretName: "secret", items: [{ key: "c", path: "c" }] } },
    ],
  ];
  for (const [message, volume] of refused) {
    it(`refuses: ${message}`, () => assert.rejects(modes(volume), { message }));
  }

  it("leaves out what is optional", async () => {
    assert.deepEqual(await modes({ configMap: { name: "none", optional: true } }), {});
    const items = [
      { key: "c", path: "c" },
      { key: "key", path: "k" },
    ];
    assert.deepEqual(await modes({ secret: { secretName: "secret", optional: true, items } }), {
      k: "644 hidden",
    });
  });

  it("projects several sources into one volume", async () => {
    const volume = {
      projected: {
        defaultMode: 0o440,
        sources: [
          { configMap: { name: "config", items: [{ key: "a", path: "a" }] } },
          { downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
          token,
        ],
      },
    };
    assert.deepEqual(await modes(volume), {
      a: "440 1",
      n: "440 web",
      token: "440 token-x-600",
    });
  });

  const trusted = { clusterTrustBundle: { name: "b", path: "t/ca.pem" } };
  const certified = (paths: object) => ({
    podCertificate: { signerName: "a/b", keyType: "ED25519", ...paths },
  });

  it("keeps tokens, anchors and keys from others where the pod has one user or a group", async () => {
    const sources = [token, trusted, certified({ keyPath: "key" })];
    const volume = { projected: { sources } };
    const modesOf = async (spec: Partial<PodSpec>): Promise<string> => {
      const all = await modes(volume, pod(spec));
      return ["token", "t/ca.pem", "key"].map((path) => String(all[path]).slice(0, 3)).join();
    };
    assert.equal(await modesOf({}), "644,644,644");
    assert.equal(await modesOf({ securityContext: { fsGroup: 5 } }), "600,600,600");
    assert.equal(await modesOf({ securityContext: { runAsUser: 5 } }), "600,600,600");
    const mixed = [container("a", { securityContext: { runAsUser: 1 } }), container("b")];
    assert.equal(await modesOf({ containers: mixed }), "644,644,644");
  });

  it("has trust anchors, and a certificate's parts where they are asked for", async () => {
    const all = { credentialBundlePath: "all.pem", keyPath: "key", certificateChainPath: "c/crt" };
    const sources = [trusted, certified(all), certified({ keyPath: "other" })];
    assert.deepEqual(await modes({ projected: { defaultMode: 0o400, sources } }), {
      "t/ca.pem": "400 ANCHORS",
      "all.pem": "400 KEY1CHAIN",
      key: "400 KEY1",
      "c/crt": "400 CHAIN",
      other: "400 KEY2",
    });
  });

  it("tells of all sources that cannot be had, each once", async () => {
    const none = { clusterTrustBundle: { name: "none", path: "p" } };
    const secret = { secret: { name: "none" } };
    const both = { projected: { sources: [none, secret, none, token] } };
    await assert.rejects(modes(both), { message: '[no bundle for p, secret "none" not found]' });
    await assert.rejects(modes({ projected: { sources: [none] } }), {
      message: "no bundle for p",
    });
  });
});

describe("VolumeManager", () => {
  let files: MemoryFiles;
  let volumes: VolumeManager;
  const data: Record<string, string> = {};

  beforeEach(() => {
    files = new MemoryFiles(() => 0);
    data.a = "1";
    const platform: Platform = { ...nodePlatform, clock: new VirtualClock(), files };
    volumes = new VolumeManager(platform, "/k", sourcesOf(data), memoryMounter);
  });

  const of = pod({
    volumes: [
      { name: "data", emptyDir: {} },
      { name: "config", configMap: { name: "config" } },
    ],
  });
  const dataPath = "/k/pods/u1/volumes/kubernetes.io~empty-dir/data";
  const mount = (more: Partial<VolumeMount>) =>
    volumes.mounts(
      of,
      container("main", { volumeMounts: [{ name: "data", mountPath: "/m", ...more }] }),
      new Map([["NAME", "n"]]),
    );

  it("gives a group its directories, too", async () => {
    const grouped = pod({
      securityContext: { fsGroup: 7 },
      volumes: [
        {
          name: "v",
          projected: { sources: [{ clusterTrustBundle: { name: "b", path: "a/b/c" } }] },
        },
      ],
    });
    await volumes.setUp(grouped);
    const path = "/k/pods/u1/volumes/kubernetes.io~projected/v";
    const modeOf = async (name: string) => (await files.status(`${path}${name}`))?.mode;
    assert.deepEqual(
      [await modeOf(""), await modeOf("/..data"), await modeOf("/a/b")],
      [0o2777, 0o2755, 0o2755],
    );
    assert.equal(await modeOf("/a/b/c"), 0o640);
  });

  it("makes volumes, follows their objects, keeps an emptyDir's files and takes all away", async () => {
    await volumes.setUp(of);
    await files.writeFile(`${dataPath}/kept`, "x");
    data.a = "2";
    await volumes.setUp(of);
    assert.equal(await files.readText(`${dataPath}/kept`), "x");
    assert.equal(await files.readText("/k/pods/u1/volumes/kubernetes.io~configmap/config/a"), "2");
    assert.deepEqual(await volumes.knownPods(), ["u1"]);
    await volumes.tearDown("u1");
    assert.deepEqual(await volumes.knownPods(), []);
  });

  it("names the volume that cannot be had", async () => {
    const missing = pod({ volumes: [{ name: "v", secret: { secretName: "none" } }] });
    await assert.rejects(volumes.setUp(missing), {
      message: 'MountVolume.SetUp failed for volume "v" : secret "none" not found',
    });
    const path = pod({ volumes: [{ name: "v", hostPath: { path: "/none", type: "Directory" } }] });
    await assert.rejects(volumes.setUp(path), {
      message:
        'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /none is not a ' +
        "directory",
    });
  });

  const unserved: [string, Volume, string][] = [
    [
      "an image",
      { name: "v", image: { reference: "a" } },
      "volume v: its kind is not supported on this node",
    ],
    [
      "a claim",
      { name: "v", persistentVolumeClaim: { claimName: "a" } },
      "volume v: its kind is not supported on this node",
    ],
    [
      "huge pages",
      { name: "v", emptyDir: { medium: "HugePages" } },
      'storage medium "HugePages" is not supported on this node',
    ],
  ];
  for (const [what, volume, why] of unserved) {
    it(`holds a pod back that wants ${what}`, async () => {
      await assert.rejects(volumes.setUp(pod({ volumes: [volume] })), {
        message: `MountVolume.SetUp failed for volume "v" : ${why}`,
      });
    });
  }

  it("refuses a mount that is to be read-only in all of its depth", async () => {
    await volumes.setUp(of);
    await assert.rejects(mount({ readOnly: true, recursiveReadOnly: "Enabled" }), /not supported/);
    assert.equal((await mount({ recursiveReadOnly: "IfPossible" })).length, 1);
  });

  it("makes a subPath with the volume's mode, and expands subPathExpr", async () => {
    await volumes.setUp(of);
    const [made] = await mount({ subPath: "x/y" });
    assert.equal(made?.hostPath, `${dataPath}/x/y`);
    assert.equal((await files.status(`${dataPath}/x/y`))?.mode, 0o777);
    const [named] = await mount({ subPathExpr: "$(NAME)/z", readOnly: true });
    assert.deepEqual([named?.hostPath, named?.readOnly], [`${dataPath}/n/z`, true]);
    await assert.rejects(mount({ subPathExpr: "$(NONE)" }), {
      message: 'missing value for "NONE"',
    });
  });

  for (const subPath of ["/etc", "..", "a/../../b"]) {
    it(`refuses the subPath ${subPath}`, async () => {
      await volumes.setUp(of);
      await assert.rejects(mount({ subPath }));
    });
  }

  it("refuses a subPath through a link out of the volume, and makes nothing there", async () => {
    await volumes.setUp(of);
    await files.makeDirectory("/etc");
    await files.symlink("/etc", `${dataPath}/link`);
    await files.symlink("../../../../../../etc/new", `${dataPath}/dangling`);
    await assert.rejects(mount({ subPath: "link" }), /leads out of its volume/);
    await assert.rejects(mount({ subPath: "link/new" }), /leads out of its volume/);
    await assert.rejects(mount({ subPath: "dangling/new" }), /leads out of its volume/);
    assert.deepEqual(await files.list("/etc"), []);
  });

  it("follows a link that stays in the volume", async () => {
    await volumes.setUp(of);
    await files.makeDirectory(`${dataPath}/real`);
    await files.symlink("real", `${dataPath}/link`);
    const [made] = await mount({ subPath: "link/x" });
    assert.equal(made?.hostPath, `${dataPath}/real/x`);
  });
});
