import type { Binding, Pod } from "../../api/gen/types/coreV1.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, lasting } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { isPods } from "./forbidden.js";
import { objectAs } from "./typedObjects.js";

/**
 * Lets pods know where they run: their node's zone and region become labels of the pod (KEP-4742).
 */
export class PodTopologyLabels implements AdmissionPlugin {
  readonly name = "PodTopologyLabels";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    const own = subresource === "binding" || subresource === "";
    return operation === "CREATE" && isPods(group, resource) && own;
  }

  writeGrounds({ plainPod, plainBinding }: AdmissionAttributes): Grounds | undefined {
    return plainPod === undefined && plainBinding === undefined ? undefined : lasting;
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    if (attributes.plainPod !== undefined) return;
    const object = objectAs<Pod | Binding>(attributes, "Pod", "Binding");
    if (object === undefined) return;
    const node = "target" in object ? object.target?.name : object.spec?.nodeName;
    if (!node) return;
    attributes.plainBinding?.labelWithTopology();
    const { nodes } = this.#caches;
    const behind = nodes.readYourWrites();
    const label = (): void => {
      const topology = nodes.get("", node)?.topology ?? {};
      if (Object.keys(topology).length === 0) return;
      object.metadata ??= {};
      object.metadata.labels = { ...object.metadata.labels, ...topology };
    };
    if (behind === undefined) label();
    else return behind.then(label);
  }
}
