import type { ServiceAccount } from "../../api/gen/types/coreV1.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";

/** What admission and tokens need of a service account. */
export interface CachedServiceAccount {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly deletionTimestamp: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly imagePullSecrets: readonly { name?: string }[];
  readonly secrets: readonly string[];
  readonly automountServiceAccountToken: boolean | undefined;
}

/** Those that `cachedServiceAccount` reads. */
export const serviceAccountFields = [
  ...["name", "namespace", "uid", "deletionTimestamp", "annotations"].map(
    (one) => `metadata.${one}`,
  ),
  "imagePullSecrets",
  "secrets.name",
  "automountServiceAccountToken",
];

export function cachedServiceAccount(object: ObjectTree): CachedServiceAccount {
  const account = object as unknown as ServiceAccount;
  return {
    name: account.metadata.name ?? "",
    namespace: account.metadata.namespace ?? "",
    uid: account.metadata.uid ?? "",
    deletionTimestamp: account.metadata.deletionTimestamp,
    annotations: account.metadata.annotations ?? {},
    imagePullSecrets: account.imagePullSecrets ?? [],
    secrets: (account.secrets ?? []).map(({ name }) => name ?? ""),
    automountServiceAccountToken: account.automountServiceAccountToken,
  };
}
