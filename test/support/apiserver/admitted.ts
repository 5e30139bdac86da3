import type { AdmissionAttributes } from "../../../lib/apiserver/admission/admissionPlugin.js";
import { Reinvocation } from "../../../lib/apiserver/admission/reinvocation.js";

type Told = Pick<AdmissionAttributes, "operation" | "group" | "kind" | "resource"> &
  Partial<AdmissionAttributes>;

/** What a plugin is told of a write, of the version v1, by somebody who is nobody special. */
export function admitted(told: Told): AdmissionAttributes {
  const kind = { group: told.group, version: told.version ?? "v1", kind: told.kind };
  return {
    ...{ user: { name: "bob", uid: "", groups: [], extra: {} }, version: "v1", subresource: "" },
    ...{ requestKind: kind, objectKind: kind, namespace: "", name: "" },
    ...{ object: undefined, oldObject: undefined, options: undefined, dryRun: false },
    reinvocation: new Reinvocation(),
    warn: () => undefined,
    ...told,
  };
}
