import { semanticEqual } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { WantedObject } from "./objectWriter.js";

/** How this server recognises clients: told to extension servers, which must agree with it. */
export interface AuthenticationInfo {
  /** PEM of --client-ca-file. */
  readonly clientCertificateAuthorities?: string;
  readonly requestHeader?: {
    /** PEM of --requestheader-client-ca-file. */
    readonly certificateAuthorities: string;
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly uidHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    readonly extraHeaderPrefixes: readonly string[];
  };
}

/** The ConfigMap kube-system/extension-apiserver-authentication. */
export function authenticationInfoObject(info: AuthenticationInfo): WantedObject {
  const data: Record<string, string> = {};
  if (info.clientCertificateAuthorities) {
    data["client-ca-file"] = info.clientCertificateAuthorities;
  }
  const header = info.requestHeader;
  if (header !== undefined) {
    data["requestheader-client-ca-file"] = header.certificateAuthorities;
    data["requestheader-allowed-names"] = JSON.stringify(header.allowedNames);
    data["requestheader-username-headers"] = JSON.stringify(header.usernameHeaders);
    data["requestheader-uid-headers"] = JSON.stringify(header.uidHeaders);
    data["requestheader-group-headers"] = JSON.stringify(header.groupHeaders);
    data["requestheader-extra-headers-prefix"] = JSON.stringify(header.extraHeaderPrefixes);
  }
  const name = "extension-apiserver-authentication";
  return {
    type: coreV1.configmaps,
    object: { metadata: { name, namespace: "kube-system" }, data } as WantedObject["object"],
    reconcile(existing) {
      const before = (existing as { data?: Record<string, string> }).data ?? {};
      const after = { ...before, ...data };
      return semanticEqual(before, after) ? undefined : { ...existing, ...{ data: after } };
    },
  };
}
