import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { parseYaml } from "../../api/parseYaml.js";
import type { Platform } from "../../platform/platform.js";
import { readNamedFile } from "../readNamedFile.js";
import { FlagError, type FlagValues } from "./flagValues.js";

type FileForm = "certificates" | "private key" | "public keys" | "YAML" | "text";

/** What stands in the files that flags name, whichever component has the flag. */
const flagsOfFiles: Readonly<Record<FileForm, readonly string[]>> = {
  certificates: [
    ...["client-ca-file", "etcd-cafile", "etcd-certfile", "kubelet-certificate-authority"],
    ...["kubelet-client-certificate", "peer-ca-file", "proxy-client-cert-file"],
    ...["requestheader-client-ca-file", "cluster-signing-cert-file", "root-ca-file"],
    "tls-cert-file",
  ],
  "private key": [
    ...["etcd-keyfile", "kubelet-client-key", "proxy-client-key-file", "tls-private-key-file"],
    ...["cluster-signing-key-file", "service-account-private-key-file"],
    "service-account-signing-key-file",
  ],
  "public keys": ["service-account-key-file"],
  YAML: [
    ...["allow-metric-labels-manifest", "authentication-kubeconfig", "authorization-kubeconfig"],
    ...["image-credential-provider-config", "leader-migration-config", "tracing-config-file"],
    ...["pv-recycler-pod-template-filepath-hostpath", "pv-recycler-pod-template-filepath-nfs"],
  ],
  text: ["basic-auth-file", "cloud-config", "token-auth-file"],
};

function blocksOf(text: string): string[] {
  return text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
}

const isCertificate = (block: string): boolean => block.startsWith("-----BEGIN CERTIFICATE-----");

function checkForm(form: FileForm, text: string): void {
  switch (form) {
    case "certificates": {
      const blocks = blocksOf(text).filter(isCertificate);
      if (blocks.length === 0) throw new Error("there is no certificate in it");
      for (const block of blocks) new X509Certificate(block);
      break;
    }
    case "private key":
      createPrivateKey(text);
      break;
    case "public keys": {
      const blocks = blocksOf(text);
      if (blocks.length === 0) throw new Error("there is no key in it");
      for (const block of blocks) createPublicKey(block);
      break;
    }
    case "YAML":
      parseYaml(text);
      break;
    case "text":
      break;
  }
}

/** Reads and parses one file; an empty path names none. Throws FlagError. */
export function checkNamedFile(
  platform: Platform,
  flag: string,
  path: string,
  form: FileForm,
): void {
  if (path === "") return;
  const text = readNamedFile(platform, flag, path);
  try {
    checkForm(form, text);
  } catch (error) {
    const known = /^there is no/.test((error as Error).message);
    const why = known ? (error as Error).message : `it holds no ${form} that can be read`;
    throw new FlagError(`--${flag}: ${path}: ${why}`);
  }
}

/**
 * Reads and parses every file that a flag on the command line names, also of flags that have no
 * effect yet. Throws a FlagError that names flag, file and fault, and nothing of what is in it.
 */
export function checkFlagFiles(platform: Platform, values: FlagValues): void {
  for (const form of Object.keys(flagsOfFiles) as FileForm[]) {
    for (const flag of flagsOfFiles[form]) {
      if (!values.isSet(flag)) continue;
      for (const path of values.written(flag)) checkNamedFile(platform, flag, path, form);
    }
  }
}
