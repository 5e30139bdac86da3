import type { ContainerRuntime } from "../cri/runtime.js";
import { runtimeLabels } from "../pods/podIdentity.js";

/** `/runningpods/`: the pods that the runtime has, whatever the API says. */
export async function runningPods(runtime: ContainerRuntime): Promise<object> {
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandboxes(),
    runtime.listContainers(),
  ]);
  const byPod = new Map<string, { name: string; image: string; resources: object }[]>();
  for (const container of containers) {
    if (container.state !== "running") continue;
    const uid = container.labels[runtimeLabels.podUid] ?? "";
    const list = byPod.get(uid) ?? [];
    list.push({ name: container.metadata.name, image: container.imageRef, resources: {} });
    byPod.set(uid, list);
  }
  const items = sandboxes
    .filter((sandbox) => sandbox.state === "ready")
    .map(({ metadata: { name, namespace, uid } }) => ({
      metadata: { name, namespace, uid },
      spec: { containers: byPod.get(uid) ?? [] },
      status: {},
    }));
  return { kind: "PodList", apiVersion: "v1", metadata: {}, items };
}
