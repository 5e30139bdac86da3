import { configMirrorAnnotation } from "../../api/annotations.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Node, Pod } from "../../api/gen/types/coreV1.js";
import { parseYaml } from "../../api/parseYaml.js";
import { hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { configHashAnnotation, configSourceAnnotation, fnvHash } from "./podIdentity.js";

export interface StaticPodsOptions {
  readonly platform: Platform;
  readonly client: Client;
  readonly logger: Logger;
  readonly nodeName: string;
  /** Empty: there are no static pods, and mirrors of earlier ones are removed once. */
  readonly path: string;
  readonly checkMilliseconds: number;
  readonly node: () => Node | undefined;
  /** The node's pods as the API has them, once they are known. */
  readonly apiPods: (signal: AbortSignal) => Promise<readonly Pod[]>;
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
  #hasRead = false;

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  /** The files have been read: until then nobody knows which pods are of them. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  get pods(): readonly Pod[] {
    return [...this.#byUid.values()];
  }

  async run(signal: AbortSignal): Promise<void> {
    const { platform, logger, checkMilliseconds } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#readAll();
        this.#hasRead = true;
        for (const pod of this.#byUid.values()) await this.#tryMirror(pod);
        await this.#removeOrphans(signal);
        if (this.#options.path === "") return;
      } catch (error) {
        logger.warning("Static pods could not be brought in line", { error });
      }
      await platform.clock.sleep(checkMilliseconds, signal);
    }
  }

  /** One that cannot be mirrored must not keep the others. */
  async #tryMirror(pod: Pod): Promise<void> {
    try {
      await this.#mirror(pod);
    } catch (error) {
      const { name, namespace } = pod.metadata;
      const values = { pod: `${namespace}/${name}`, error };
      this.#options.logger.warning("A static pod could not be mirrored", values);
    }
  }

  /** Mirrors whose files went while this kubelet did not run. */
  async #removeOrphans(signal: AbortSignal): Promise<void> {
    for (const pod of await this.#options.apiPods(signal)) {
      const mirrored = pod.metadata.annotations?.[configMirrorAnnotation];
      if (mirrored === undefined || this.#byUid.has(mirrored)) continue;
      try {
        await this.#deleteMirror(pod);
      } catch (error) {
        if (!hasReason(error, "NotFound", "Conflict")) throw error;
      }
    }
  }

  async #readAll(): Promise<void> {
    const { platform, path, logger, nodeName, onAdd, onRemove } = this.#options;
    if (path === "") return;
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
      const mirrored = there.metadata.annotations?.[configMirrorAnnotation];
      if (mirrored === undefined) throw new Error(`${namespace}/${name} is there, and no mirror`);
      // One that somebody deletes is replaced: nobody else would finish its deletion.
      if (mirrored === uid && there.metadata.deletionTimestamp === undefined) return;
      await this.#deleteMirror(there);
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
    const { name = "", namespace = "", uid } = pod.metadata;
    const pods = this.#options.client.resource(coreV1.pods);
    try {
      const there = await pods.get(name, { namespace });
      // Another pod of the name is somebody's, or mirrors what has taken the file's place.
      if (there.metadata.annotations?.[configMirrorAnnotation] !== uid) return;
      await this.#deleteMirror(there);
    } catch {
      // Whatever is left of it is removed as a mirror of nothing when the kubelet looks again.
    }
  }

  /** This very pod, at once: no other kubelet confirms its end. */
  async #deleteMirror({ metadata }: Pod): Promise<void> {
    const { name = "", namespace = "", uid = "" } = metadata;
    const pods = this.#options.client.resource(coreV1.pods);
    await pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
  }
}
