import { coreV1 } from "../../api/gen/resources.js";
import type { Node, Pod } from "../../api/gen/types/coreV1.js";
import { parseYaml } from "../../api/parseYaml.js";
import { hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import {
  configHashAnnotation,
  configMirrorAnnotation,
  configSourceAnnotation,
  fnvHash,
} from "./podIdentity.js";

export interface StaticPodsOptions {
  readonly platform: Platform;
  readonly client: Client;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly path: string;
  readonly checkMilliseconds: number;
  readonly node: () => Node | undefined;
  readonly onAdd: (pod: Pod) => void;
  readonly onRemove: (uid: string) => void;
}

/** A file that is larger is no pod. */
const maxFileBytes = 10 * 1024 * 1024;

/** Four hashes make the 32 digits that a static pod's uid has. */
function contentUid(text: string): string {
  return [0, 1, 2, 3].map((salt) => fnvHash(`${salt}${text}`).padStart(8, "0")).join("");
}

/**
 * The pod of a file as the kubelet runs it: named after the node, tolerating everything, never
 * scheduled.
 */
export function staticPod(text: string, file: string, nodeName: string): Pod {
  const read = parseYaml(text) as Partial<Pod> | null;
  if (read?.kind !== "Pod" || !read.spec || !read.metadata?.name) {
    throw new Error("it is not a v1 Pod with a name and a spec");
  }
  const uid = contentUid(`${nodeName}\n${file}\n${JSON.stringify(read)}`);
  return {
    ...read,
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...read.metadata,
      name: `${read.metadata.name}-${nodeName.toLowerCase()}`,
      namespace: read.metadata.namespace || "default",
      uid,
      annotations: {
        ...read.metadata.annotations,
        [configHashAnnotation]: uid,
        [configSourceAnnotation]: "file",
      },
    },
    spec: {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      enableServiceLinks: true,
      securityContext: {},
      ...read.spec,
      nodeName,
      tolerations: [{ operator: "Exists", effect: "NoExecute" }, ...(read.spec.tolerations ?? [])],
    },
  };
}

/** Pods from files, each with a mirror in the API so that others see it. */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  readonly #byUid = new Map<string, Pod>();

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  get pods(): readonly Pod[] {
    return [...this.#byUid.values()];
  }

  async run(signal: AbortSignal): Promise<void> {
    const { platform, logger, checkMilliseconds } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#readAll();
        for (const pod of this.#byUid.values()) await this.#mirror(pod);
      } catch (error) {
        logger.warning("Static pods could not be brought in line", { error });
      }
      await platform.clock.sleep(checkMilliseconds, signal);
    }
  }

  async #readAll(): Promise<void> {
    const { platform, path, logger, nodeName, onAdd, onRemove } = this.#options;
    const { files } = platform;
    const status = await files.status(path);
    const names = status?.kind === "directory" ? await files.list(path) : [""];
    const found = new Map<string, Pod>();
    for (const name of names.sort()) {
      if (name.startsWith(".")) continue;
      const file = name === "" ? path : `${path}/${name}`;
      const fileStatus = await files.status(file);
      if (fileStatus?.kind !== "file" || fileStatus.sizeBytes > maxFileBytes) continue;
      try {
        const pod = staticPod(await files.readText(file), file, nodeName);
        found.set(pod.metadata.uid ?? "", pod);
      } catch (error) {
        logger.error("A file of static pods could not be read", { file, error });
      }
    }
    for (const uid of [...this.#byUid.keys()]) {
      if (found.has(uid)) continue;
      const gone = this.#byUid.get(uid) as Pod;
      this.#byUid.delete(uid);
      onRemove(uid);
      await this.#removeMirror(gone);
    }
    for (const [uid, pod] of found) {
      if (this.#byUid.has(uid)) continue;
      this.#byUid.set(uid, pod);
      onAdd(pod);
    }
  }

  async #mirror(pod: Pod): Promise<void> {
    const { client, node, nodeName } = this.#options;
    const nodeUid = node()?.metadata.uid;
    if (nodeUid === undefined) return;
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    const pods = client.resource(coreV1.pods);
    try {
      const there = await pods.get(name, { namespace });
      const isCurrent = there.metadata.annotations?.[configMirrorAnnotation] === uid;
      // One that somebody deletes is replaced: nobody else would finish its deletion.
      if (isCurrent && there.metadata.deletionTimestamp === undefined) return;
      await pods.delete(name, { namespace, gracePeriodSeconds: 0 });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    const { uid: _uid, ...metadata } = pod.metadata;
    await pods.create(
      {
        ...pod,
        metadata: {
          ...metadata,
          annotations: { ...metadata.annotations, [configMirrorAnnotation]: uid },
          ownerReferences: [
            { apiVersion: "v1", kind: "Node", name: nodeName, uid: nodeUid, controller: true },
          ],
        },
      },
      { namespace },
    );
  }

  async #removeMirror(pod: Pod): Promise<void> {
    const { name = "", namespace = "" } = pod.metadata;
    const pods = this.#options.client.resource(coreV1.pods);
    await pods.delete(name, { namespace, gracePeriodSeconds: 0 }).catch(() => undefined);
  }
}
