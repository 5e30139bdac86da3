import assert from "node:assert/strict";
import * as wire from "../../../../lib/api/gen/wire/cri.js";
import type { WireImplementation } from "../../../../lib/api/wirePackage.js";
import { CriRuntime } from "../../../../lib/kubelet/cri/criRuntime.js";
import type {
  ContainerConfig,
  ContainerSecurity,
  PodSandboxConfig,
} from "../../../../lib/kubelet/cri/runtime.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { RpcError } from "../../../../lib/platform/rpc.js";

type RuntimeServer = WireImplementation<wire.Services["RuntimeService"]>;
type ImageServer = WireImplementation<wire.Services["ImageService"]>;

const sandbox: PodSandboxConfig = {
  metadata: { name: "web", uid: "u1", namespace: "default", attempt: 2 },
  hostname: "web",
  logDirectory: "/var/log/pods/default_web_u1",
  dns: { servers: ["10.0.0.10"], searches: ["svc"], options: ["ndots:5"] },
  portMappings: [{ protocol: "UDP", containerPort: 53, hostPort: 5353, hostIp: "10.0.0.9" }],
  labels: { app: "web" },
  annotations: { note: "1" },
  cgroupParent: "/kubepods/podu1",
  sysctls: { "net.core.somaxconn": "9" },
  security: {
    namespaces: { network: "node", pid: "container", ipc: "pod" },
    runAsUser: 0,
    supplementalGroups: [7],
    groupsPolicy: "strict",
    privileged: false,
    seccomp: { profileType: "runtimeDefault" },
    seLinux: { user: "", role: "", type: "t", level: "s0" },
  },
};

const security: ContainerSecurity = {
  addCapabilities: ["NET_ADMIN"],
  dropCapabilities: ["ALL"],
  privileged: false,
  namespaces: { network: "pod", pid: "target", ipc: "pod", targetId: "c0" },
  runAsUser: 1000,
  runAsGroup: 0,
  readOnlyRootFilesystem: true,
  supplementalGroups: [1, 2],
  groupsPolicy: "merge",
  noNewPrivileges: true,
  maskedPaths: ["/proc/kcore"],
  readonlyPaths: ["/proc/sys"],
  seccomp: { profileType: "localhost", localhostRef: "/a.json" },
  appArmor: { profileType: "localhost", localhostRef: "mine" },
};

const container: ContainerConfig = {
  metadata: { name: "main", attempt: 1 },
  image: "sha256:1",
  userSpecifiedImage: "web:1",
  command: ["sh"],
  args: ["-c", "true"],
  workingDirectory: "/w",
  environment: [{ name: "A", value: "ä" }],
  mounts: [{ containerPath: "/c", hostPath: "/h", readOnly: true, propagation: "bidirectional" }],
  labels: { l: "1" },
  annotations: { a: "1" },
  logPath: "main/1.log",
  stdin: true,
  stdinOnce: true,
  tty: true,
  resources: { cpuShares: 102, cpuPeriod: 100_000, cpuQuota: 5_000, memoryLimitInBytes: 2 ** 40 },
  security,
};

describe("CriRuntime, against a server", () => {
  const closers: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function connect(
    runtime: RuntimeServer,
    images: ImageServer = {},
    timeoutMilliseconds = 10_000,
  ): Promise<CriRuntime> {
    const listener = await nodePlatform.network.listenRpc({
      address: "127.0.0.1",
      port: 0,
      handlers: new Map([
        ...wire.cri.handlers("RuntimeService", runtime),
        ...wire.cri.handlers("ImageService", images),
      ]),
    });
    closers.push(() => listener.close(0));
    const channel = nodePlatform.network.rpcChannel({ target: `127.0.0.1:${listener.port}` });
    const client = new CriRuntime(channel, timeoutMilliseconds);
    closers.push(() => client.close());
    return client;
  }

  it("makes a sandbox as it was told", async () => {
    let got: wire.RunPodSandboxRequest | undefined;
    const runtime = await connect({
      RunPodSandbox: async (request) => {
        got = request;
        return { podSandboxId: "s1" };
      },
    });
    assert.equal(await runtime.runPodSandbox(sandbox, ""), "s1");
    const config = got?.config;
    assert.deepEqual(config?.metadata, sandbox.metadata);
    assert.deepEqual(config?.dnsConfig, sandbox.dns);
    assert.deepEqual(config?.portMappings, [
      { protocol: wire.Protocol.UDP, containerPort: 53, hostPort: 5353, hostIp: "10.0.0.9" },
    ]);
    const linux = config?.linux;
    assert.deepEqual([linux?.cgroupParent, linux?.sysctls], ["/kubepods/podu1", sandbox.sysctls]);
    const context = linux?.securityContext;
    assert.equal(context?.namespaceOptions?.network, wire.NamespaceMode.NODE);
    assert.equal(context?.namespaceOptions?.pid, wire.NamespaceMode.CONTAINER);
    // 0 is a user, and none is none.
    assert.deepEqual([context?.runAsUser, context?.runAsGroup], [{ value: 0 }, null]);
    assert.equal(context?.supplementalGroupsPolicy, wire.SupplementalGroupsPolicy.Strict);
    assert.equal(context?.selinuxOptions?.level, "s0");
    assert.equal(context?.seccompProfilePath, "runtime/default");
  });

  it("makes a container as it was told", async () => {
    let got: wire.CreateContainerRequest | undefined;
    const runtime = await connect({
      CreateContainer: async (request) => {
        got = request;
        return { containerId: "c1" };
      },
    });
    assert.equal(await runtime.createContainer("s1", container, sandbox), "c1");
    assert.equal(got?.podSandboxId, "s1");
    assert.equal(got?.sandboxConfig?.metadata?.uid, "u1");
    const config = got?.config;
    assert.deepEqual(
      [config?.image?.image, config?.image?.userSpecifiedImage],
      ["sha256:1", "web:1"],
    );
    assert.deepEqual(
      [config?.command, config?.args, config?.workingDir],
      [["sh"], ["-c", "true"], "/w"],
    );
    const values = config?.envs.map(({ key, value }) => [key, Buffer.from(value).toString("utf8")]);
    assert.deepEqual(values, [["A", "ä"]]);
    const [mount] = config?.mounts ?? [];
    assert.deepEqual(
      [mount?.containerPath, mount?.hostPath, mount?.readonly, mount?.propagation],
      ["/c", "/h", true, wire.MountPropagation.PROPAGATION_BIDIRECTIONAL],
    );
    assert.deepEqual([config?.stdin, config?.stdinOnce, config?.tty], [true, true, true]);
    assert.equal(config?.linux?.resources?.memoryLimitInBytes, 2 ** 40);
    const context = config?.linux?.securityContext;
    assert.deepEqual(context?.capabilities?.addCapabilities, ["NET_ADMIN"]);
    assert.deepEqual(context?.capabilities?.dropCapabilities, ["ALL"]);
    assert.equal(context?.namespaceOptions?.pid, wire.NamespaceMode.TARGET);
    assert.equal(context?.namespaceOptions?.targetId, "c0");
    assert.deepEqual([context?.runAsUser, context?.runAsGroup], [{ value: 1000 }, { value: 0 }]);
    assert.deepEqual(context?.supplementalGroups, [1, 2]);
    assert.deepEqual([context?.readonlyRootfs, context?.noNewPrivs], [true, true]);
    assert.deepEqual(
      [context?.seccomp?.profileType, context?.seccomp?.localhostRef],
      [2, "/a.json"],
    );
    assert.equal(context?.seccompProfilePath, "localhost//a.json");
    assert.deepEqual(
      [context?.apparmor?.localhostRef, context?.apparmorProfile],
      ["mine", "localhost/mine"],
    );
  });

  it("reads what a container is", async () => {
    const status = {
      id: "c1",
      metadata: { name: "main", attempt: 3 },
      state: wire.ContainerState.CONTAINER_EXITED,
      createdAt: 1_700_000_000_000_000_000,
      exitCode: -1,
      image: { image: "web:1" },
      imageRef: "web@sha256:2",
      reason: "OOMKilled",
      labels: { l: "1" },
      logPath: "/l",
      user: { linux: { uid: 5, gid: 6, supplementalGroups: [7] } },
    };
    const runtime = await connect({ ContainerStatus: async () => ({ status }) });
    const read = await runtime.containerStatus("c1");
    assert.deepEqual(
      [read?.state, read?.exitCode, read?.metadata, read?.image, read?.imageRef, read?.reason],
      ["exited", -1, { name: "main", attempt: 3 }, "web:1", "web@sha256:2", "OOMKilled"],
    );
    // An older runtime has no image id beside the reference.
    assert.equal(read?.imageId, "web@sha256:2");
    assert.deepEqual(read?.user, { uid: 5, gid: 6, supplementalGroups: [7] });
  });

  it("reads what a sandbox is", async () => {
    const runtime = await connect({
      PodSandboxStatus: async () => ({
        status: {
          id: "s1",
          state: wire.PodSandboxState.SANDBOX_NOTREADY,
          network: { ip: "10.1.0.2", additionalIps: [{ ip: "fd00::2" }] },
          linux: { namespaces: { options: { network: wire.NamespaceMode.NODE } } },
        },
      }),
    });
    const read = await runtime.podSandboxStatus("s1");
    assert.deepEqual(
      [read?.state, read?.ip, read?.additionalIps, read?.networkMode],
      ["notReady", "10.1.0.2", ["fd00::2"], "node"],
    );
  });

  it("takes what is not found for gone, and passes other refusals on with their code", async () => {
    const refuse = (code: 5 | 13) => async () => {
      throw new RpcError(code, "why");
    };
    const runtime = await connect({
      ContainerStatus: refuse(5),
      StopContainer: refuse(5),
      RemovePodSandbox: refuse(5),
      StartContainer: refuse(13),
    });
    assert.equal(await runtime.containerStatus("c"), undefined);
    await runtime.stopContainer("c", 1);
    await runtime.removePodSandbox("s");
    await assert.rejects(runtime.startContainer("c"), { name: "RuntimeError", code: 13 });
  });

  it("asks once for what the runtime does not have", async () => {
    let calls = 0;
    const runtime = await connect({
      ListContainerStats: async () => {
        calls += 1;
        throw new RpcError(12, "unknown method");
      },
    });
    assert.deepEqual(await runtime.listContainerStats(), []);
    assert.deepEqual(await runtime.listContainerStats(), []);
    assert.equal(calls, 1);
  });

  it("gives a command its time, and one without a limit all of it", async () => {
    const seen: [number, boolean][] = [];
    const runtime = await connect(
      {
        ExecSync: async ({ timeout }, call) => {
          seen.push([timeout, call.deadlineMilliseconds !== undefined]);
          return { exitCode: 4, stdout: Buffer.from("o"), stderr: Buffer.from("e") };
        },
      },
      {},
      100,
    );
    const result = await runtime.execSync("c", ["x"], 3);
    assert.deepEqual([result.exitCode, String(result.stdout)], [4, "o"]);
    await runtime.execSync("c", ["x"], 0);
    assert.deepEqual(seen, [
      [3, true],
      [0, false],
    ]);
  });

  it("stops a container within its grace, beyond the usual limit of a call", async () => {
    const limits: (number | undefined)[] = [];
    const runtime = await connect({
      StopContainer: async ({ timeout }, call) => {
        limits.push(timeout, (call.deadlineMilliseconds ?? 0) - Date.now());
        return {};
      },
    });
    await runtime.stopContainer("c", 60);
    assert.equal(limits[0], 60);
    assert.ok((limits[1] ?? 0) > 60_000);
  });

  it("pulls with credentials, and reads images", async () => {
    let got: wire.PullImageRequest | undefined;
    const runtime = await connect(
      {},
      {
        PullImage: async (request) => {
          got = request;
          return { imageRef: "sha256:9" };
        },
        ImageStatus: async () => ({}),
        ListImages: async () => ({
          images: [{ id: "sha256:9", repoTags: ["a:1"], size: 5, uid: { value: 0 }, pinned: true }],
        }),
        ImageFsInfo: async () => ({
          imageFilesystems: [{ fsId: { mountpoint: "/m" }, usedBytes: { value: 3 } }],
        }),
      },
    );
    const auth = { username: "u", password: "p", identityToken: "t" };
    assert.equal(await runtime.pullImage("a:1", auth, sandbox), "sha256:9");
    assert.deepEqual(
      [got?.image?.image, got?.auth?.username, got?.auth?.password, got?.auth?.identityToken],
      ["a:1", "u", "p", "t"],
    );
    assert.equal(await runtime.imageStatus("a:1"), undefined);
    const [image] = await runtime.listImages();
    assert.deepEqual([image?.sizeBytes, image?.uid, image?.pinned], [5, 0, true]);
    const [usage] = await runtime.imageFileSystem();
    assert.deepEqual(usage, { mountpoint: "/m", usedBytes: 3, inodesUsed: 0 });
  });
});
