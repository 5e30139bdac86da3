import assert from "node:assert/strict";
import { coreV1, nodeV1 } from "../../../lib/api/gen/resources.js";
import type { ContainerRuntime } from "../../../lib/kubelet/cri/runtime.js";
import { KubeletScenario } from "../../support/kubelet/kubeletScenario.js";

const namespace = "default";
const simulation = "simulation.steersman.dev";

describe("Kubelet, in virtual time", () => {
  let scenario: KubeletScenario;
  beforeEach(async () => {
    scenario = new KubeletScenario();
    await scenario.start();
  });
  afterEach(() => scenario.stop());

  it("registers, is ready, and runs a pod", async () => {
    await scenario.create("web");
    await scenario.settle();
    const node = await scenario.api.client.resource(coreV1.nodes).get("n1");
    const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
    assert.equal(ready?.status, "True");
    const pod = await scenario.get("web");
    assert.equal(pod?.status?.phase, "Running");
    assert.match(pod?.status?.podIP ?? "", /^10\.1\.0\./);
    const conditions = pod?.status?.conditions?.map((one) => `${one.type}=${one.status}`);
    assert.deepEqual(conditions, [
      "PodReadyToStartContainers=True",
      "Initialized=True",
      "Ready=True",
      "ContainersReady=True",
      "PodScheduled=True",
    ]);
  });

  const eventsOf = async (name: string): Promise<string[]> => {
    const { items } = await scenario.api.client.resource(coreV1.events).list();
    return items
      .filter((event) => event.involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  };

  it("tells of its node and of a pod's start and end in upstream's words", async () => {
    const spec = { terminationGracePeriodSeconds: 1, imagePullSecrets: [{ name: "none" }] };
    await scenario.create("web", spec, {}, ["test/hold"]);
    await scenario.settle();
    await scenario.create("again");
    await scenario.settle();
    await scenario.delete("web", 1);
    await scenario.settle(5_000);
    const states = ["HasSufficientMemory", "HasNoDiskPressure", "HasSufficientPID", "Ready"];
    assert.deepEqual(await eventsOf("n1"), [
      "Normal Starting: Starting kubelet.",
      ...states.map((state) => `Normal Node${state}: Node n1 status is now: Node${state}`),
    ]);
    const image = '"registry.local/main:1"';
    assert.deepEqual(
      (await eventsOf("web")).map((line) => line.replace(/in \S+ \(\S+ inc/, "in T (T inc")),
      [
        "Warning FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets " +
          "(none); attempting to pull the image may not succeed.",
        `Normal Pulling: Pulling image ${image}`,
        `Normal Pulled: Successfully pulled image ${image} in T (T including waiting). ` +
          "Image size: 1048576 bytes.",
        "Normal Created: Container created",
        "Normal Started: Container started",
        "Normal Killing: Stopping container main",
      ],
    );
    const present = `Container image ${image} already present on machine and can be accessed by the pod`;
    assert.equal((await eventsOf("again"))[0], `Normal Pulled: ${present}`);
  });

  it("tells why an image is not there, and of a sandbox that has changed", async () => {
    scenario.runtime.pullImage = async () => {
      throw new Error("no such image");
    };
    await scenario.create("web");
    await scenario.settle(15_000);
    const found = await eventsOf("web");
    for (const wanted of [
      'Warning Failed: Failed to pull image "registry.local/main:1": no such image',
      "Warning Failed: Error: ErrImagePull",
      'Normal BackOff: Back-off pulling image "registry.local/main:1"',
      "Warning Failed: Error: ImagePullBackOff",
    ]) {
      assert.ok(found.includes(wanted), `${wanted} in ${found}`);
    }
    const [sandbox] = await scenario.runtime.listPodSandboxes();
    await scenario.runtime.stopPodSandbox(sandbox?.id ?? "");
    await scenario.settle(12_000);
    const changed = "Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created.";
    assert.ok((await eventsOf("web")).includes(changed));
  });

  it("restarts a crashing container after 10, 20 and 40 seconds", async () => {
    await scenario.create(
      "web",
      {},
      { [`${simulation}/run-seconds`]: "1", [`${simulation}/exit-code`]: "3" },
    );
    const starts: number[] = [];
    const startContainer = scenario.runtime.startContainer.bind(scenario.runtime);
    scenario.runtime.startContainer = async (id) => {
      starts.push(scenario.api.clock.now());
      await startContainer(id);
    };
    await scenario.settle(80_000);
    const gaps = starts.slice(1).map((at, i) => Math.round((at - (starts[i] as number)) / 1000));
    // The first end is forgiven; after it each wait doubles. One second of each gap is the run.
    assert.deepEqual(gaps, [1, 11, 21, 41]);
    const status = await scenario.main("web");
    assert.equal(status.restartCount, 4);
    assert.equal(status.state?.waiting?.reason, "CrashLoopBackOff");
    assert.match(
      status.state?.waiting?.message ?? "",
      /^back-off 1m20s restarting failed container/,
    );
    assert.equal(status.lastState?.terminated?.exitCode, 3);
    assert.equal(await scenario.phase("web"), "Running");
  });

  for (const [restartPolicy, code, phase] of [
    ["OnFailure", "0", "Succeeded"],
    ["Never", "0", "Succeeded"],
    ["Never", "2", "Failed"],
    ["OnFailure", "2", "Running"],
  ] as const) {
    it(`${restartPolicy} with exit code ${code} is ${phase}`, async () => {
      const annotations = { [`${simulation}/run-seconds`]: "5", [`${simulation}/exit-code`]: code };
      await scenario.create("job", { restartPolicy }, annotations);
      await scenario.settle(8_000);
      assert.equal(await scenario.phase("job"), phase);
    });
  }

  it("fails a pod at its deadline, and says so only when its containers have stopped", async () => {
    const stopContainer = scenario.runtime.stopContainer.bind(scenario.runtime);
    scenario.runtime.stopContainer = async (id) => {
      await scenario.api.clock.sleep(5_000);
      await stopContainer(id);
    };
    await scenario.create("job", { activeDeadlineSeconds: 20 });
    await scenario.settle(22_000);
    assert.equal(await scenario.phase("job"), "Running");
    await scenario.settle(8_000);
    const pod = await scenario.get("job");
    assert.deepEqual([pod?.status?.phase, pod?.status?.reason], ["Failed", "DeadlineExceeded"]);
    assert.deepEqual(await scenario.runningIds(), []);
  });

  it("gives a deleted pod its grace, takes less when told so, then lets it go", async () => {
    const graces: number[] = [];
    const stopContainer = scenario.runtime.stopContainer.bind(scenario.runtime);
    scenario.runtime.stopContainer = async (id, seconds: number = 0) => {
      graces.push(seconds);
      await scenario.api.clock.sleep(seconds * 1000);
      await stopContainer(id);
    };
    // Else the memory's API takes a pod with a deletion time away at its first update.
    await scenario.create("web", {}, {}, ["test/hold"]);
    await scenario.settle();
    await scenario.delete("web", 30);
    await scenario.settle(5_000);
    assert.deepEqual([graces, await scenario.phase("web")], [[30], "Running"]);
    await scenario.delete("web", 3);
    await scenario.settle(10_000);
    assert.deepEqual([graces, await scenario.runningIds()], [[30, 3], []]);
    await scenario.settle(25_000);
    assert.ok(scenario.api.transport.writes.includes("delete pods default/web"));
    assert.equal(await scenario.phase("web"), "Succeeded");
    assert.deepEqual(await scenario.runtime.listPodSandboxes(), []);
    assert.deepEqual(await scenario.files.list("/var/lib/kubelet/pods"), []);
  });

  it("after a restart adopts what runs, keeps it ready, and ends what nobody wants", async () => {
    await scenario.create("kept");
    await scenario.create("gone");
    await scenario.settle();
    const before = await scenario.main("kept");
    await scenario.stopKubelet();
    await scenario.pods.delete("gone", { namespace, gracePeriodSeconds: 0 });
    await scenario.start();
    await scenario.settle(70_000);
    const after = await scenario.main("kept");
    assert.deepEqual(
      [after.containerID, after.restartCount, after.ready],
      [before.containerID, 0, true],
    );
    const ids = await scenario.runningIds();
    assert.deepEqual(ids, [before.containerID?.split("//")[1]]);
    assert.equal((await scenario.files.list("/var/lib/kubelet/pods")).length, 1);
  });

  it("refuses a pod beyond its number", async () => {
    for (const name of ["a", "b", "c", "d"]) {
      await scenario.create(name);
      await scenario.settle();
    }
    const pod = await scenario.get("d");
    assert.deepEqual([pod?.status?.phase, pod?.status?.reason], ["Failed", "OutOfpods"]);
  });

  it("runs a static pod, tells its mirror's status, and puts a deleted mirror back", async () => {
    await scenario.files.makeDirectory("/manifests");
    await scenario.files.writeFile(
      "/manifests/web.yaml",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n" +
        "spec: {containers: [{name: main, image: 'registry.local/main:1'}]}\n",
    );
    await scenario.settle(45_000);
    assert.equal(await scenario.phase("web-n1"), "Running");
    await scenario.pods.delete("web-n1", { namespace, gracePeriodSeconds: 0 });
    await scenario.settle(45_000);
    assert.equal(await scenario.phase("web-n1"), "Running");
    assert.equal((await scenario.main("web-n1")).restartCount, 0);
    await scenario.files.remove("/manifests/web.yaml");
    await scenario.settle(45_000);
    assert.equal(await scenario.get("web-n1"), undefined);
    assert.deepEqual(await scenario.runningIds(), []);
  });

  it("removes the mirror of a file that went while it did not run, and no pod that is none", async () => {
    await scenario.files.makeDirectory("/manifests");
    const manifest = (name: string) =>
      scenario.files.writeFile(
        `/manifests/${name}.yaml`,
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n` +
          "spec: {containers: [{name: main, image: 'registry.local/main:1'}]}\n",
      );
    await manifest("web");
    await scenario.settle(45_000);
    assert.equal(await scenario.phase("web-n1"), "Running");
    await scenario.stopKubelet();
    await scenario.files.remove("/manifests/web.yaml");
    await scenario.create("api-n1");
    const uid = (await scenario.get("api-n1"))?.metadata.uid;
    await manifest("api");
    await manifest("other");
    await scenario.start();
    await scenario.settle(70_000);
    assert.equal(await scenario.get("web-n1"), undefined);
    // Somebody's own pod has the mirror's name: it stays, and the other mirrors come all the same.
    assert.equal((await scenario.get("api-n1"))?.metadata.uid, uid);
    assert.equal(await scenario.phase("other-n1"), "Running");
    await scenario.files.remove("/manifests/api.yaml");
    await scenario.settle(45_000);
    assert.equal((await scenario.get("api-n1"))?.metadata.uid, uid);
  });

  it("keeps a static pod running over a restart whose files are read late", async () => {
    await scenario.files.makeDirectory("/manifests");
    await scenario.files.writeFile(
      "/manifests/web.yaml",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n" +
        "spec: {containers: [{name: main, image: 'registry.local/main:1'}]}\n",
    );
    await scenario.settle(45_000);
    const before = await scenario.runningIds();
    assert.equal(before.length, 1);
    await scenario.stopKubelet();
    const status = scenario.files.status.bind(scenario.files);
    let isSlow = true;
    scenario.files.status = async (path, followLinks) => {
      while (isSlow && path.startsWith("/manifests")) await scenario.api.clock.sleep(1_000);
      return status(path, followLinks);
    };
    await scenario.start();
    await scenario.settle(70_000);
    isSlow = false;
    await scenario.settle(45_000);
    assert.deepEqual(await scenario.runningIds(), before);
  });

  it("refuses a pod whose host port is taken, and reads its node anew for one that does not fit", async () => {
    const ports = (hostPort: number) => [
      { name: "main", image: "registry.local/main:1", ports: [{ containerPort: 80, hostPort }] },
    ];
    await scenario.create("first", { containers: ports(8080) });
    await scenario.create("second", { containers: ports(8080) });
    await scenario.settle();
    assert.equal(await scenario.phase("first"), "Running");
    const refused = (await scenario.get("second"))?.status;
    assert.deepEqual([refused?.phase, refused?.reason], ["Failed", "NodePorts"]);
    const nodes = scenario.api.client.resource(coreV1.nodes);
    const node = await nodes.get("n1");
    // The watch of the node is behind: the kubelet has not seen the label that the pod wants.
    const labels = { ...node.metadata.labels, disk: "ssd" };
    await nodes.update({ ...node, metadata: { ...node.metadata, labels } });
    await scenario.create("fits", { nodeSelector: { disk: "ssd" } });
    await scenario.create("not", { nodeSelector: { disk: "hdd" } });
    await scenario.settle();
    assert.equal(await scenario.phase("fits"), "Running");
    assert.equal((await scenario.get("not"))?.status?.reason, "NodeAffinity");
  });

  it("runs a pod by its RuntimeClass, and none without what it was promised", async () => {
    const handlers: string[] = [];
    const run = scenario.runtime.runPodSandbox.bind(scenario.runtime);
    const runPodSandbox: ContainerRuntime["runPodSandbox"] = async (config, handler) => {
      handlers.push(handler);
      return run(config);
    };
    Object.assign(scenario.runtime, { runPodSandbox });
    const classes = scenario.api.client.resource(nodeV1.runtimeclasses);
    await classes.create({ metadata: { name: "walled" }, handler: "gvisor" });
    await scenario.create("walled", { runtimeClassName: "walled" });
    await scenario.settle();
    assert.deepEqual([await scenario.phase("walled"), handlers], ["Running", ["gvisor"]]);
    await scenario.create("lost", { runtimeClassName: "none" });
    await scenario.create("users", { hostUsers: false });
    await scenario.settle();
    const [lost, users] = [await eventsOf("lost"), await eventsOf("users")];
    const failed = "Warning FailedCreatePodSandBox: Failed to create pod sandbox:";
    assert.ok(lost.includes(`${failed} RuntimeClass "none" not found`), lost.join());
    const why = "user namespaces are not supported on this node";
    assert.ok(users.includes(`${failed} ${why}`), users.join());
    assert.deepEqual(handlers, ["gvisor"]);
  });
});
