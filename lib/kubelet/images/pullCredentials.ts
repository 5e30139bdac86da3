import type { Secret } from "../../api/gen/types/coreV1.js";
import type { ImageAuth } from "../cri/runtime.js";
import type { ImageReference } from "./imageReference.js";

interface DockerEntry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

function entriesOf(secret: Secret): Record<string, DockerEntry> {
  const decode = (key: string): unknown => {
    const value = secret.data?.[key];
    if (value === undefined) return undefined;
    try {
      return JSON.parse(Buffer.from(value, "base64").toString("utf8"));
    } catch {
      // A secret that is no JSON has no credentials; what it holds must not reach a message.
      return undefined;
    }
  };
  const current = decode(".dockerconfigjson") as
    | { auths?: Record<string, DockerEntry> }
    | undefined;
  const old = decode(".dockercfg") as Record<string, DockerEntry> | undefined;
  return { ...old, ...current?.auths };
}

/** Undefined where it cannot be read. */
function toAuth(entry: DockerEntry): ImageAuth | undefined {
  let { username = "", password = "" } = entry;
  if (entry.auth) {
    const decoded = Buffer.from(entry.auth, "base64").toString("utf8");
    const separator = decoded.indexOf(":");
    if (separator < 0) return undefined;
    username = decoded.slice(0, separator);
    password = decoded.slice(separator + 1);
  }
  return {
    username,
    password,
    ...(entry.identitytoken ? { identityToken: entry.identitytoken } : {}),
    ...(entry.registrytoken ? { registryToken: entry.registrytoken } : {}),
  };
}

/**
 * The host and path of a key such as `https://index.docker.io/v1/` or `registry.example.com/team`.
 */
function normalizeKey(key: string): { host: string; path: string } {
  const bare = key
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/$/, "");
  const [host = "", ...path] = bare.split("/");
  const isHub = host === "index.docker.io" || host === "registry-1.docker.io";
  return { host: isHub ? "docker.io" : host, path: path.join("/") };
}

function hostMatches(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [patternName = "", patternPort = ""] = pattern.split(":");
  const [name = "", port = ""] = host.split(":");
  if (patternPort !== port) return false;
  const wanted = patternName.split(".");
  const given = name.split(".");
  if (wanted.length !== given.length) return false;
  return wanted.every((part, i) => {
    const expression = part
      .replace(/[^\w*?-]/g, "")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${expression}$`).test(given[i] as string);
  });
}

/**
 * The credentials of pull secrets that fit an image, most specific path first, as upstream's
 * keyring.
 */
export function credentialsFor(reference: ImageReference, secrets: readonly Secret[]): ImageAuth[] {
  const found: { auth: ImageAuth; length: number }[] = [];
  for (const secret of secrets) {
    for (const [key, entry] of Object.entries(entriesOf(secret))) {
      const { host, path } = normalizeKey(key);
      if (!hostMatches(host, reference.registry)) continue;
      if (!reference.repository.startsWith(path)) continue;
      const auth = toAuth(entry);
      if (auth) found.push({ auth, length: path.length });
    }
  }
  return found.sort((a, b) => b.length - a.length).map(({ auth }) => auth);
}
