import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import type { ObjectTree } from "../../../lib/apiserver/admission/admissionPlugin.js";
import type { Strategy } from "../../../lib/apiserver/registry/strategy.js";

/** Kinds that have pods' defaults, which the codec gives to what it decodes. */
const withPods = new Map([
  ["/Pod", "v1"],
  ["/PodTemplate", "v1"],
  ["/ReplicationController", "v1"],
  ["apps/Deployment", "apps/v1"],
  ["apps/ReplicaSet", "apps/v1"],
  ["apps/DaemonSet", "apps/v1"],
  ["apps/StatefulSet", "apps/v1"],
  ["batch/Job", "batch/v1"],
  ["batch/CronJob", "batch/v1"],
]);

/** Everything that a server fills in of a kind, in place: the codec's part, and the strategy's. */
export function applyDefaults(strategy: Strategy, object: ObjectTree): void {
  const apiVersion = withPods.get(`${strategy.group}/${strategy.kind}`);
  if (apiVersion !== undefined) {
    const message = nativeCodec.findKind(apiVersion, strategy.kind)?.messageType ?? "";
    const text = JSON.stringify({ apiVersion, kind: strategy.kind, ...object });
    const decoded = nativeCodec.decode(message, Buffer.from(text), { format: "json" });
    assert.ok(decoded.object, JSON.stringify(decoded));
    const { apiVersion: _v, kind: _k, ...tree } = JSON.parse(decoded.object.json()) as ObjectTree;
    for (const key of Object.keys(object)) delete object[key];
    Object.assign(object, tree);
  }
  strategy.defaults?.(object);
}
