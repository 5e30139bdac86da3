import { busyboxImage, NodeRig, rigAddress } from "./nodeRig.js";
import { until } from "./until.js";

/** A program that makes a node with a pod, says the rig's name, and waits to be killed. */
const rig = new NodeRig();
await rig.start();
const container = { name: "c", image: busyboxImage, imagePullPolicy: "Never" };
await rig.apply({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "left" },
  spec: { nodeName: rigAddress, containers: [{ ...container, command: ["sleep", "100000"] }] },
});
await until("the pod to run", () => {
  const phase = rig.kubectl("get", "pod", "left", "-o", "jsonpath={.status.phase}");
  return phase.stdout === "Running";
});
process.stdout.write(`${rig.name}\n`);
setInterval(() => undefined, 1_000_000);
