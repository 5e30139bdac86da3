import { parseCidr } from "../../api/ipAddress.js";
import { nativeCodec } from "../../api/nativeCodec.js";
import type { AlternativeNames } from "../../api/pki/certifiedKey.js";
import { firstServiceAddress } from "../../apiserver/allocation/serviceAllocation.js";
import { ApiServer } from "../../apiserver/apiServer.js";
import { bootstrapLog } from "../../apiserver/bootstrap/bootstrapLog.js";
import { NodeConnector } from "../../apiserver/connector/nodeConnector.js";
import {
  type Authorities,
  createServerPolicy,
  type ServerPolicyOptions,
} from "../../apiserver/serverPolicy.js";
import type { Logger } from "../../platform/logger.js";
import type { TlsServerOptions } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { makePrivateFile } from "../../platform/privateDirectory.js";
import { CertificateReload } from "../certificateReload.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { kubeApiserverFlags } from "../flags/kubeApiserverFlags.js";
import { readNamedFile } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";
import { servingTls } from "../servingCertificate.js";
import {
  admissionChoice,
  allowsAnonymous,
  authorizationModes,
  maxTokenExpiration,
  notNegative,
  reconcilerOf,
  requestTimeoutSeconds,
} from "./apiserverFlags.js";
import { checkServing } from "./checkServing.js";
import { componentChecks } from "./componentChecks.js";
import { type Storage, storageOf, storageTimeouts, usesEtcd } from "./etcdFlags.js";
import { httpLimitsOf } from "./httpLimits.js";
import { peerAddress } from "./peerAddress.js";
import { plainPorts, sayWhoIsServed } from "./plainPorts.js";
import { securePorts } from "./securePorts.js";

const defaultDataDirectory = "/var/lib/steersman";

type Named = { readonly name: string; readonly text: string };

function named(values: FlagValues, flag: string, platform: Platform): Named | undefined {
  const path = values.string(flag);
  return path === "" ? undefined : { name: path, text: readNamedFile(platform, flag, path) };
}

/** The flag stands in its name, since what is wrong in it is found later. */
function credentials(values: FlagValues, flag: string, platform: Platform): Named | undefined {
  const file = named(values, flag, platform);
  return file === undefined ? undefined : { ...file, name: `--${flag}: ${file.name}` };
}

function portRange(text: string): { first: number; last: number } {
  const match = /^(\d+)(?:-(\d+)|\+(\d+))?$/.exec(text === "" ? "30000-32767" : text);
  const first = Number(match?.[1]);
  const last = match?.[2] ? Number(match[2]) : first + Number(match?.[3] ?? 0);
  if (!match || first < 1 || last > 65_535 || last < first) {
    throw new FlagError(
      `invalid argument ${JSON.stringify(text)} for "--service-node-port-range" flag: ` +
        "not a range of ports such as 30000-32767",
    );
  }
  return { first, last };
}

/** Whoever checks tokens from outside knows this server's address, not the issuer's. */
function jwksUriOf(values: FlagValues, address: string | undefined): { jwksUri?: string } {
  const given = values.string("service-account-jwks-uri");
  if (given !== "") return { jwksUri: given };
  const port = values.integer("secure-port");
  if (address === undefined) return {};
  const host = address.includes(":") ? `[${address}]` : address;
  return { jwksUri: `https://${host}:${port}/openid/v1/jwks` };
}

function policyOptions(
  values: FlagValues,
  platform: Platform,
  storage: Storage,
): ServerPolicyOptions {
  const clientAuthorities = named(values, "client-ca-file", platform);
  const headerAuthorities = named(values, "requestheader-client-ca-file", platform);
  const tokenFile = credentials(values, "token-auth-file", platform);
  const basicFile = credentials(values, "basic-auth-file", platform);
  const signingKey = named(values, "service-account-signing-key-file", platform);
  const advertise = values.string("advertise-address");
  const bind = values.string("bind-address");
  const isBindUseful = bind !== "" && bind !== "0.0.0.0" && bind !== "::";
  const own = platform.host.addresses().find((address) => !address.loopback);
  const address = advertise || (isBindUseful ? bind : own?.address);
  const range = values.string("service-cluster-ip-range");
  return {
    platform,
    storage,
    codec: nativeCodec,
    priorityAndFairness: values.boolean("enable-priority-and-fairness"),
    allowPrivileged: values.boolean("allow-privileged"),
    authorizationModes: authorizationModes(values),
    ...(clientAuthorities ? { clientCertificateAuthorities: clientAuthorities.text } : {}),
    ...(headerAuthorities
      ? {
          requestHeader: {
            certificateAuthorities: headerAuthorities.text,
            usernameHeaders: values.strings("requestheader-username-headers"),
            uidHeaders: values.strings("requestheader-uid-headers"),
            groupHeaders: values.strings("requestheader-group-headers"),
            extraHeaderPrefixes: values.strings("requestheader-extra-headers-prefix"),
            allowedNames: values.strings("requestheader-allowed-names"),
          },
        }
      : {}),
    ...(tokenFile ? { tokenFile } : {}),
    ...(basicFile ? { basicFile } : {}),
    bootstrapTokens: values.boolean("enable-bootstrap-token-auth"),
    serviceAccounts: {
      issuers: values.strings("service-account-issuer"),
      ...jwksUriOf(values, address),
      keys: values.strings("service-account-key-file").map((path) => ({
        name: path,
        text: readNamedFile(platform, "service-account-key-file", path),
      })),
      ...(signingKey ? { signingKey } : {}),
      apiAudiences: values.strings("api-audiences"),
      lookup: values.boolean("service-account-lookup"),
      maxTokenExpirationSeconds: maxTokenExpiration(values),
      extendTokenExpiration: values.boolean("service-account-extend-token-expiration"),
    },
    admission: admissionChoice(values),
    ...(range === "" ? {} : { serviceRanges: range.split(",") }),
    nodePorts: portRange(values.string("service-node-port-range")),
    service: {
      ...(address ? { advertiseAddress: address } : {}),
      securePort: values.integer("secure-port"),
      reconciler: reconcilerOf(values),
      nodePort: values.integer("kubernetes-service-node-port"),
    },
    identity: { hostname: platform.host.hostname(), ...peerAddress(values, address) },
  };
}

function connectorOf(values: FlagValues, platform: Platform): NodeConnector {
  const authorities = named(values, "kubelet-certificate-authority", platform);
  const certificate = named(values, "kubelet-client-certificate", platform);
  const key = named(values, "kubelet-client-key", platform);
  return new NodeConnector({
    platform,
    preferredAddressTypes: values.strings("kubelet-preferred-address-types"),
    ...(authorities ? { certificateAuthorities: authorities.text } : {}),
    ...(certificate ? { certificate: certificate.text } : {}),
    ...(key ? { key: key.text } : {}),
  });
}

/** Where a certificate that nobody gave is kept: beside the data, where that has its own place. */
function certificateDirectory(values: FlagValues): string {
  const beside = values.string("data-dir");
  const directory = values.string("cert-dir");
  return values.isSet("cert-dir") || beside === "" ? directory : `${beside}/certificates`;
}

/** How pods call this server, and the address it is advertised by. */
function servedNames(options: ServerPolicyOptions): AlternativeNames {
  const service = "kubernetes.default.svc";
  const ranges = (options.serviceRanges ?? []).flatMap((text) => parseCidr(text.trim()) ?? []);
  const { advertiseAddress } = options.service;
  return {
    dns: ["kubernetes", "kubernetes.default", service, `${service}.cluster.local`],
    ips: [...ranges.map(firstServiceAddress), ...(advertiseAddress ? [advertiseAddress] : [])],
  };
}

function authoritiesOf(values: FlagValues, platform: Platform): Authorities {
  return {
    clients: named(values, "client-ca-file", platform)?.text,
    frontProxies: named(values, "requestheader-client-ca-file", platform)?.text,
  };
}

/** Files that the ports with TLS and their clients' certificates are checked by. */
function certificatePaths(values: FlagValues): string[] {
  const single = ["tls-cert-file", "tls-private-key-file", "client-ca-file"];
  const byName = values.strings("tls-sni-cert-key").flatMap((text) => text.split(":")[0] ?? "");
  return [
    ...[...single, "requestheader-client-ca-file"].map((flag) => values.string(flag)),
    ...byName.flatMap((pair) => pair.split(",")),
  ];
}

async function serving(
  values: FlagValues,
  platform: Platform,
  options: ServerPolicyOptions,
  { clients, frontProxies }: Authorities,
): Promise<TlsServerOptions> {
  const tls = await servingTls(platform, values, {
    component: "kube-apiserver",
    pair: "apiserver",
    directory: certificateDirectory(values),
    names: servedNames(options),
  });
  // Certificates are asked for as soon as either authority is named.
  const authorities = [clients, frontProxies].filter((pem) => pem !== undefined);
  const clientCertificateAuthorities = authorities.join("\n") || undefined;
  return { ...tls, clientCertificateAuthorities };
}

/** A signing key that was made is kept beside the data, so that tokens outlive the process. */
async function withKeptSigningKey(
  options: ServerPolicyOptions,
  values: FlagValues,
  platform: Platform,
): Promise<{ options: ServerPolicyOptions; keep: (pem: string) => Promise<void> }> {
  const path = `${values.string("data-dir") || defaultDataDirectory}/service-account-signing-key.pem`;
  const keep = (pem: string): Promise<void> => platform.files.replaceFile(path, pem, 0o600);
  if (options.serviceAccounts?.signingKey || !(await platform.files.exists(path))) {
    return { options, keep };
  }
  await makePrivateFile(platform.files, path);
  const signingKey = { name: path, text: await platform.files.readText(path) };
  return {
    options: { ...options, serviceAccounts: { ...options.serviceAccounts, signingKey } },
    keep,
  };
}

const portFlags = ["secure-port", "grpc-port", "insecure-port", "port", "insecure-grpc-port"];

/** Names the flag of the port that could not be listened on. */
function listenError(error: unknown, values: FlagValues): Error {
  const known = error as { code?: string; address?: string; port?: number };
  const flag = portFlags.find((name) => values.string(name) === String(known.port));
  const where = `${flag ? `--${flag}: ` : ""}${known.address ?? ""}:${known.port ?? ""}`;
  if (known.code === "EADDRINUSE") return new FlagError(`${where}: the port is in use`);
  if (known.code === "EADDRNOTAVAIL")
    return new FlagError(`${where}: this machine does not have the address`);
  return error as Error;
}

async function start(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  const onEtcd = usesEtcd(values);
  checkServing(values);
  if (values.string("data-dir") === "") {
    const what = onEtcd ? "Keys and certificates that are made are" : "Everything is";
    logger.info(`${what} kept in the default directory; --data-dir names another`, {
      directory: defaultDataDirectory,
    });
  }
  const directory = values.string("data-dir") || defaultDataDirectory;
  const storage = await storageOf(values, directory, platform, logger);
  try {
    return await startOn(storage, values, logger, platform);
  } catch (error) {
    await storage.close();
    throw listenError(error, values);
  }
}

async function startOn(
  storage: Storage,
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  const given = policyOptions(values, platform, storage);
  const { options, keep } = await withKeptSigningKey(given, values, platform);
  const log = (message: string): void => logger.error(message);
  const policy = await createServerPolicy({ ...options, log });
  if (policy.madeSigningKey !== undefined) await keep(policy.madeSigningKey);
  for (const warning of policy.warnings) logger.warning(warning);
  const tls = await serving(values, platform, options, authoritiesOf(values, platform));
  const securePort = values.integer("secure-port");
  const plain = plainPorts(values);
  await policy.bootstrap.start(...bootstrapLog(logger));
  const advertised = options.service.advertiseAddress;
  const server = await ApiServer.start({
    platform,
    storage,
    codec: nativeCodec,
    ...policy,
    connector: connectorOf(values, platform),
    allowAnonymous: allowsAnonymous(values, logger),
    maxRequestsInFlight: notNegative(values, "max-requests-inflight"),
    maxMutatingRequestsInFlight: notNegative(values, "max-mutating-requests-inflight"),
    storageTimeouts: storageTimeouts(values),
    countPeriodMilliseconds: Math.max(values.duration("etcd-count-metric-poll-period"), 0),
    compactionIntervalSeconds: values.duration("etcd-compaction-interval") / 1000,
    httpLimits: httpLimitsOf(values),
    requestTimeoutSeconds: requestTimeoutSeconds(values),
    minRequestTimeoutSeconds: notNegative(values, "min-request-timeout"),
    leaseReuseSeconds: notNegative(values, "lease-reuse-duration-seconds"),
    eventTtlSeconds: Math.ceil(values.duration("event-ttl") / 1000),
    ...(advertised ? { advertiseAddress: `${advertised}:${securePort}` } : {}),
    ...securePorts(values, tls),
    ...plain,
    flags: values.inEffect(),
    componentChecks: componentChecks(platform),
    log: (message, error) => logger.error(message, error === undefined ? {} : { error }),
    requestLogger: logger.shows(3) ? logger.verbose(3) : undefined,
  });
  const reload = new CertificateReload({
    ...{ platform, logger, paths: certificatePaths(values) },
    apply: async () => {
      const authorities = authoritiesOf(values, platform);
      // What does not fit is refused here, before anybody is held to new authorities.
      server.reloadTls(await serving(values, platform, options, authorities));
      await policy.reloadAuthorities(authorities);
      server.forgetDecisions();
    },
  });
  await reload.start();
  sayWhoIsServed(server.addresses, plain, logger);
  logger.info("The API server is ready", { ...server.addresses });
  return {
    stop: async () => {
      reload.stop();
      await policy.bootstrap.stop();
      await server.stop();
      policy.close();
      await storage.close();
    },
  };
}

export const apiserverCommand: ComponentCommand = {
  name: "kube-apiserver",
  flags: kubeApiserverFlags,
  start,
};
