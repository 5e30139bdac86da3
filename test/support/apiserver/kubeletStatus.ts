import type { Tree } from "./twoWays.js";

const since = "2026-01-01T00:00:00Z";
const condition = (type: string, status = "True"): Tree => ({
  ...{ type, status, lastProbeTime: null, lastTransitionTime: since, observedGeneration: 1 },
});
const running = { running: { startedAt: since } };
const ended = (exitCode: number): Tree => ({
  terminated: { exitCode, reason: "Completed", startedAt: since, finishedAt: since },
});

function container(name: string, state: Tree): Tree {
  return {
    ...{ name, state, lastState: {}, ready: true, restartCount: 0, started: true },
    ...{ image: "docker.io/library/web:1", imageID: "sha256:00", containerID: "containerd://00" },
    volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true, recursiveReadOnly: "Disabled" }],
    ...{ allocatedResources: { cpu: "100m" }, resources: { requests: { cpu: "100m" } } },
    user: { linux: { uid: 0, gid: 0, supplementalGroups: [0] } },
  };
}

/** A pod's status as its kubelet writes it. */
export function podStatus(more: Tree = {}): Tree {
  return {
    ...{ phase: "Running", qosClass: "BestEffort", observedGeneration: 1, startTime: since },
    conditions: [
      ...[condition("PodReadyToStartContainers"), condition("Initialized"), condition("Ready")],
      ...[condition("ContainersReady"), condition("PodScheduled")],
    ],
    ...{ hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.1" }] },
    ...{ podIP: "10.1.0.7", podIPs: [{ ip: "10.1.0.7" }, { ip: "fd00::7" }] },
    containerStatuses: [container("c", running)],
    ...more,
  };
}

/** As `podStatus`, once the container has ended with that code. */
export function endedStatus(exitCode: number): Tree {
  const containerStatuses = [container("c", ended(exitCode))];
  return podStatus({ phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses });
}

const nodeCondition = (type: string, status: string): Tree => ({
  ...{ type, status, reason: "Kubelet", message: "kubelet is posting its status" },
  ...{ lastHeartbeatTime: since, lastTransitionTime: since },
});
const amounts = {
  ...{ cpu: "4", memory: "16374176Ki", pods: "110", "ephemeral-storage": "94491842841" },
  ...{ "hugepages-2Mi": "0", "example.com/gpu": "1" },
};

/** A node's status as its kubelet writes it. */
export function nodeStatus(more: Tree = {}): Tree {
  return {
    capacity: amounts,
    allocatable: { ...amounts, cpu: "3920m" },
    conditions: [
      ...["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) =>
        nodeCondition(type, "False"),
      ),
      nodeCondition("Ready", "True"),
    ],
    addresses: [
      { type: "InternalIP", address: "10.0.0.1" },
      { type: "Hostname", address: "n1" },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      ...{ machineID: "m", systemUUID: "s", bootID: "b", kernelVersion: "6.1", osImage: "Linux" },
      ...{ containerRuntimeVersion: "containerd://2", kubeletVersion: "v1.37.2" },
      ...{ kubeProxyVersion: "", operatingSystem: "linux", architecture: "amd64" },
    },
    images: [{ names: ["docker.io/library/web:1"], sizeBytes: 72_000_000 }],
    volumesInUse: [],
    ...{ runtimeHandlers: [{ name: "", features: { userNamespaces: true } }] },
    ...more,
  };
}
