import { dirname, isAbsolute, join } from "node:path";
import { parseYaml } from "../../api/parseYaml.js";
import type { TlsClientOptions } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { ConfigError } from "./configError.js";
import { type CredentialParts, MutableCredentials } from "./credentials.js";
import { keyPairProblem } from "./keyPairProblem.js";

interface NamedCluster {
  name: string;
  cluster?: {
    server?: string;
    "tls-server-name"?: string;
    "insecure-skip-tls-verify"?: boolean;
    "certificate-authority"?: string;
    "certificate-authority-data"?: string;
    "proxy-url"?: string;
  };
}

interface NamedUser {
  name: string;
  user?: {
    "client-certificate"?: string;
    "client-certificate-data"?: string;
    "client-key"?: string;
    "client-key-data"?: string;
    token?: string;
    tokenFile?: string;
    as?: string;
    "as-uid"?: string;
    "as-groups"?: string[];
    "as-user-extra"?: Record<string, string[]>;
    username?: string;
    password?: string;
    "auth-provider"?: { name?: string };
    exec?: { command?: string };
  };
}

interface NamedContext {
  name: string;
  context?: { cluster?: string; user?: string; namespace?: string };
}

interface Kubeconfig {
  kind?: string;
  apiVersion?: string;
  clusters?: NamedCluster[];
  users?: NamedUser[];
  contexts?: NamedContext[];
  "current-context"?: string;
}

export interface ClientConfig {
  readonly credentials: MutableCredentials;
  /** The context's, or the service account's; undefined where none is named. */
  readonly namespace: string | undefined;
}

export interface KubeconfigOptions {
  readonly context?: string;
  /** `--master`: takes the place of the cluster's server. */
  readonly master?: string;
}

type ConfigPlatform = Pick<Platform, "clock" | "files">;

/** Reads a kubeconfig file (client-go's clientcmd v1). Paths in it are relative to its folder. */
export function loadKubeconfig(
  platform: ConfigPlatform,
  path: string,
  options: KubeconfigOptions = {},
): ClientConfig {
  let text: string;
  try {
    text = platform.files.readTextNow(path);
  } catch (error) {
    const isAbsent = (error as { code?: string }).code === "ENOENT";
    throw new ConfigError(`kubeconfig ${path}: ${isAbsent ? "no such file" : reasonOf(error)}`);
  }
  return parseKubeconfig(platform, text, path, options);
}

/** The same, of text that stands for a file at `path`. */
export function parseKubeconfig(
  platform: ConfigPlatform,
  text: string,
  path: string,
  options: KubeconfigOptions = {},
): ClientConfig {
  const config = parseText(text, path);
  const reader = new FileReader(platform, path);
  const contextName = options.context ?? config["current-context"] ?? "";
  const context = byName(config.contexts, contextName)?.context;
  if (context === undefined && contextName !== "") {
    throw new ConfigError(`kubeconfig ${path}: context ${quote(contextName)} does not exist`);
  }
  const cluster = byName(config.clusters, context?.cluster)?.cluster;
  if (context?.cluster !== undefined && context.cluster !== "" && cluster === undefined) {
    throw new ConfigError(`kubeconfig ${path}: cluster ${quote(context.cluster)} does not exist`);
  }
  const user = byName(config.users, context?.user)?.user;
  if (context?.user !== undefined && context.user !== "" && user === undefined) {
    throw new ConfigError(`kubeconfig ${path}: user ${quote(context.user)} does not exist`);
  }
  const server = nonEmpty(options.master) ?? nonEmpty(cluster?.server);
  if (server === undefined) {
    const why = contextName === "" ? "no current-context is set" : "its cluster names no server";
    throw new ConfigError(`kubeconfig ${path}: ${why}`);
  }
  if (nonEmpty(cluster?.["proxy-url"]) !== undefined) {
    throw new ConfigError(`kubeconfig ${path}: proxy-url is not supported`);
  }
  const parts: CredentialParts = {
    server,
    ...userParts(user, reader),
    ...pairFiles(user, reader),
    tls: { ...clusterTls(cluster, reader), ...userTls(user, reader) },
  };
  return {
    credentials: new MutableCredentials(platform, parts),
    namespace: nonEmpty(context?.namespace),
  };
}

class FileReader {
  constructor(
    readonly platform: ConfigPlatform,
    readonly kubeconfigPath: string,
  ) {}

  resolve(path: string): string {
    return isAbsolute(path) ? path : join(dirname(this.kubeconfigPath), path);
  }

  /** What content() was read from, as its writer would look for it. */
  nameOf(data: string | undefined, file: string | undefined, field: string): string {
    return nonEmpty(data) === undefined ? `${field} ${this.resolve(file ?? "")}` : `${field}-data`;
  }

  /** Inline data wins over a file, as in clientcmd. */
  content(data: string | undefined, file: string | undefined, field: string): string | undefined {
    if (data !== undefined && data !== "") {
      if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) {
        throw new ConfigError(`kubeconfig ${this.kubeconfigPath}: ${field}-data is not base64`);
      }
      return Buffer.from(data, "base64").toString("utf8");
    }
    if (file === undefined || file === "") return undefined;
    try {
      return this.platform.files.readTextNow(this.resolve(file));
    } catch (error) {
      throw new ConfigError(
        `kubeconfig ${this.kubeconfigPath}: ${field} ${this.resolve(file)}: ${reasonOf(error)}`,
      );
    }
  }
}

function parseText(text: string, path: string): Kubeconfig {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw new ConfigError(`kubeconfig ${path}: ${reasonOf(error).split("\n")[0]}`);
  }
  if (document === null || document === undefined) {
    throw new ConfigError(`kubeconfig ${path}: the file is empty`);
  }
  if (typeof document !== "object" || Array.isArray(document)) {
    throw new ConfigError(`kubeconfig ${path}: not a Config`);
  }
  const config = document as Kubeconfig;
  if (config.kind !== undefined && config.kind !== "" && config.kind !== "Config") {
    throw new ConfigError(`kubeconfig ${path}: kind is ${quote(config.kind)}, not "Config"`);
  }
  return config;
}

function clusterTls(cluster: NamedCluster["cluster"], reader: FileReader): TlsClientOptions {
  if (cluster === undefined) return {};
  const authorities = reader.content(
    cluster["certificate-authority-data"],
    cluster["certificate-authority"],
    "certificate-authority",
  );
  const insecure = cluster["insecure-skip-tls-verify"] === true;
  if (insecure && authorities !== undefined) {
    throw new ConfigError(
      `kubeconfig ${reader.kubeconfigPath}: ` +
        "certificate-authority and insecure-skip-tls-verify exclude each other",
    );
  }
  const serverName = nonEmpty(cluster["tls-server-name"]);
  return {
    ...(authorities === undefined ? {} : { certificateAuthorities: authorities }),
    ...(insecure ? { insecureSkipVerify: true } : {}),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function userTls(user: NamedUser["user"], reader: FileReader): TlsClientOptions {
  if (user === undefined) return {};
  const certificate = reader.content(
    user["client-certificate-data"],
    user["client-certificate"],
    "client-certificate",
  );
  const key = reader.content(user["client-key-data"], user["client-key"], "client-key");
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = certificate === undefined ? "client-certificate" : "client-key";
    throw new ConfigError(`kubeconfig ${reader.kubeconfigPath}: ${missing} is missing`);
  }
  if (certificate === undefined || key === undefined) return {};
  const problem = keyPairProblem(
    { certificate, key },
    {
      certificate: reader.nameOf(
        user["client-certificate-data"],
        user["client-certificate"],
        "client-certificate",
      ),
      key: reader.nameOf(user["client-key-data"], user["client-key"], "client-key"),
    },
  );
  if (problem !== undefined) {
    throw new ConfigError(`kubeconfig ${reader.kubeconfigPath}: ${problem}`);
  }
  return { certificate, key };
}

/** As in client-go, files are watched only where both are files. */
function pairFiles(user: NamedUser["user"], reader: FileReader): Partial<CredentialParts> {
  const certificate = nonEmpty(user?.["client-certificate"]);
  const key = nonEmpty(user?.["client-key"]);
  const isInline = user?.["client-certificate-data"] || user?.["client-key-data"];
  if (certificate === undefined || key === undefined || isInline) return {};
  return {
    pairFiles: { certificate: reader.resolve(certificate), key: reader.resolve(key) },
  };
}

function userParts(user: NamedUser["user"], reader: FileReader): Partial<CredentialParts> {
  if (user === undefined) return {};
  for (const field of ["exec", "auth-provider"] as const) {
    if (user[field] !== undefined && user[field] !== null) {
      throw new ConfigError(
        `kubeconfig ${reader.kubeconfigPath}: users with ${field} are not supported`,
      );
    }
  }
  const token = nonEmpty(user.token);
  const tokenFile = nonEmpty(user.tokenFile);
  const username = nonEmpty(user.username);
  if (token !== undefined && username !== undefined) {
    throw new ConfigError(
      `kubeconfig ${reader.kubeconfigPath}: a user has either a token or a username`,
    );
  }
  return {
    ...(token === undefined ? {} : { token }),
    ...(tokenFile === undefined ? {} : { tokenFile: reader.resolve(tokenFile) }),
    ...(username === undefined ? {} : { basic: { username, password: user.password ?? "" } }),
    headers: impersonation(user),
  };
}

function impersonation(user: NonNullable<NamedUser["user"]>): Record<string, string> {
  const headers: Record<string, string> = {};
  if (user.as !== undefined && user.as !== "") headers["impersonate-user"] = user.as;
  const uid = user["as-uid"];
  if (uid !== undefined && uid !== "") headers["impersonate-uid"] = uid;
  const groups = user["as-groups"] ?? [];
  if (groups.length > 1 || Object.keys(user["as-user-extra"] ?? {}).length > 0) {
    throw new ConfigError("impersonating several groups or extra values is not supported");
  }
  if (groups[0] !== undefined) headers["impersonate-group"] = groups[0];
  return headers;
}

function byName<T extends { name: string }>(
  list: T[] | undefined | null,
  name: string | undefined,
): T | undefined {
  return name === undefined ? undefined : list?.find((entry) => entry.name === name);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === null || text === "" ? undefined : String(text);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
