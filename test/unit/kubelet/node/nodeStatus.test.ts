import assert from "node:assert/strict";
import { type NodeStatusInputs, nodeStatus } from "../../../../lib/kubelet/node/nodeStatus.js";

const gibibyte = 1024 ** 3;
const inputs: NodeStatusInputs = {
  machine: {
    cpuMilli: 4000,
    memoryBytes: 8 * gibibyte,
    ephemeralStorageBytes: 100 * gibibyte,
    machineId: "m",
    systemUuid: "s",
    bootId: "b",
    kernelVersion: "6",
    osImage: "os",
    operatingSystem: "linux",
    architecture: "amd64",
    containerRuntimeVersion: "containerd://2.0",
  },
  pressure: {
    memoryAvailableBytes: gibibyte,
    nodeDiskAvailableFraction: 0.5,
    imageDiskAvailableFraction: 0.5,
    pidsAvailableFraction: 0.5,
  },
  addresses: [{ type: "InternalIP", address: "10.0.0.9" }],
  kubeletVersion: "v1.37.0",
  kubeletPort: 10_250,
  maxPods: 110,
  reserved: { cpuMilli: 100, memoryBytes: gibibyte, ephemeralStorageBytes: 0 },
  images: [],
  features: { supplementalGroupsPolicy: true },
  maxImages: 2,
  problems: [],
  old: [],
  now: "2026-01-01T00:00:00Z",
};

describe("nodeStatus", () => {
  const shown = (more: Partial<NodeStatusInputs>) =>
    (nodeStatus({ ...inputs, ...more }).conditions ?? []).map(
      ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
    );

  it("is ready without pressure, in upstream's words", () => {
    assert.deepEqual(shown({}), [
      "MemoryPressure False KubeletHasSufficientMemory: kubelet has sufficient memory available",
      "DiskPressure False KubeletHasNoDiskPressure: kubelet has no disk pressure",
      "PIDPressure False KubeletHasSufficientPID: kubelet has sufficient PID available",
      "Ready True KubeletReady: kubelet is posting ready status",
    ]);
  });

  it("tells pressure and problems, in upstream's words", () => {
    const pressure = {
      memoryAvailableBytes: 1,
      nodeDiskAvailableFraction: 0.5,
      imageDiskAvailableFraction: 0.1,
      pidsAvailableFraction: 0.01,
    };
    assert.deepEqual(shown({ pressure, problems: ["a", "b"] }), [
      "MemoryPressure True KubeletHasInsufficientMemory: kubelet has insufficient memory available",
      "DiskPressure True KubeletHasDiskPressure: kubelet has disk pressure",
      "PIDPressure True KubeletHasInsufficientPID: kubelet has insufficient PID available",
      "Ready False KubeletNotReady: a, b",
    ]);
  });

  it("keeps the time of a condition's last change, and offers what is not reserved", () => {
    const before = nodeStatus({ ...inputs, now: "2025-01-01T00:00:00Z" }).conditions ?? [];
    const status = nodeStatus({ ...inputs, old: before, problems: ["x"] });
    const times = status.conditions?.map((one) => one.lastTransitionTime?.slice(0, 4));
    assert.deepEqual(times, ["2025", "2025", "2025", "2026"]);
    const { capacity, allocatable } = status;
    assert.deepEqual([capacity?.cpu, allocatable?.cpu], ["4", "3900m"]);
    assert.deepEqual([capacity?.memory, allocatable?.memory], ["8388608Ki", "7340032Ki"]);
  });

  it("offers nothing where more is reserved than there is", () => {
    const memoryBytes = 1024 * gibibyte;
    const reserved = { cpuMilli: 1e9, memoryBytes, ephemeralStorageBytes: 1e18 };
    const { allocatable } = nodeStatus({ ...inputs, reserved });
    assert.equal(allocatable?.cpu, "0");
    assert.equal(allocatable?.memory, "0Ki");
    assert.equal(allocatable?.["ephemeral-storage"], "0");
  });
});
