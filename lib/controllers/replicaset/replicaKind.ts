import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { ReplicaSet, ReplicaSetStatus } from "../../api/gen/types/appsV1.js";
import type { ReplicationController } from "../../api/gen/types/coreV1.js";
import type { ResourceType } from "../../api/resourceType.js";
import type { KubernetesObject } from "../../client/resourceClient.js";

/** What tells ReplicaSets and ReplicationControllers apart; the loop works on ReplicaSets. */
export interface ReplicaKind<T extends KubernetesObject> {
  readonly controllerName: string;
  readonly type: ResourceType<T>;
  /** ReplicationControllers have no field for it. */
  readonly countsTerminating: boolean;
  toReplicaSet(object: T): ReplicaSet;
  withStatus(object: T, status: ReplicaSetStatus): T;
}

export const replicaSetKind: ReplicaKind<ReplicaSet> = {
  controllerName: "replicaset-controller",
  type: appsV1.replicasets,
  countsTerminating: true,
  toReplicaSet: (object) => object,
  withStatus: (object, status) => ({ ...object, status }),
};

export const replicationControllerKind: ReplicaKind<ReplicationController> = {
  controllerName: "replicationcontroller-controller",
  type: coreV1.replicationcontrollers,
  countsTerminating: false,
  toReplicaSet({ metadata, spec = {}, status }) {
    const { selector, ...rest } = spec;
    // A null status field would differ from an absent one in what is written back.
    return {
      metadata,
      spec: { ...rest, selector: { matchLabels: selector ?? {} } },
      ...(status === undefined ? {} : { status: status as ReplicaSetStatus }),
    };
  },
  withStatus(object, { terminatingReplicas: _, ...status }) {
    return { ...object, status: status as NonNullable<ReplicationController["status"]> };
  },
};
