import type { Codec } from "../api/codec.js";
import { formatCidr, type IpRange, parseCidr } from "../api/ipAddress.js";
import { mediaTypes } from "../api/mediaTypes.js";
import type { Platform } from "../platform/platform.js";
import type { Storage } from "../storage/storage.js";
import type { AdmissionPlugin } from "./admission/admissionPlugin.js";
import { type AdmissionChoice, createAdmissionPlugins } from "./admission/admissionPlugins.js";
import { ClaimsRepair } from "./allocation/claimsRepair.js";
import { ServiceClaims } from "./allocation/serviceClaims.js";
import type { FlowControlContext } from "./apiServerOptions.js";
import { authenticationReviews } from "./authentication/authenticationReviews.js";
import type { Authenticator } from "./authentication/authenticator.js";
import { BasicAuthenticator } from "./authentication/basicAuthenticator.js";
import { BearerTokenAuthenticator } from "./authentication/bearerTokenAuthenticator.js";
import { BootstrapTokenAuthenticator } from "./authentication/bootstrapTokenAuthenticator.js";
import { CertificateVerifier } from "./authentication/certificateVerifier.js";
import { parseCredentialFile } from "./authentication/credentialFile.js";
import { LegacyTokenUse } from "./authentication/legacyTokenUse.js";
import {
  RequestHeaderAuthenticator,
  type RequestHeaderOptions,
} from "./authentication/requestHeaderAuthenticator.js";
import { ServiceAccountAuthenticator } from "./authentication/serviceAccountAuthenticator.js";
import { ServiceAccountIssuer } from "./authentication/serviceAccountIssuer.js";
import {
  makeSigningKey,
  signingKeyOfPem,
  verificationKeysOfPem,
} from "./authentication/serviceAccountKeys.js";
import type { TokenAuthenticator } from "./authentication/tokenAuthenticator.js";
import { TokenFileAuthenticator } from "./authentication/tokenFileAuthenticator.js";
import { TokenRequestHandler } from "./authentication/tokenRequestHandler.js";
import { X509Authenticator } from "./authentication/x509Authenticator.js";
import type { Authorizer } from "./authorization/authorizer.js";
import { NodeAuthorizer } from "./authorization/nodeAuthorizer.js";
import { RbacAuthorizer } from "./authorization/rbacAuthorizer.js";
import { reviewHandlers } from "./authorization/reviewHandlers.js";
import {
  alwaysAllowAuthorizer,
  alwaysDenyAuthorizer,
  superuserAuthorizer,
} from "./authorization/simpleAuthorizers.js";
import { UnionAuthorizer } from "./authorization/unionAuthorizer.js";
import type { AuthenticationInfo } from "./bootstrap/authenticationInfo.js";
import { Bootstrap } from "./bootstrap/bootstrap.js";
import type { MasterServiceOptions } from "./bootstrap/masterService.js";
import { nodeRules } from "./bootstrap/rbacPolicy.js";
import type { ServerIdentityOptions } from "./bootstrap/serverIdentity.js";
import { ServerCaches } from "./cache/serverCaches.js";
import { UnreadableValues } from "./cache/unreadableValues.js";
import { fairFlowControl } from "./fairness/fairFlowControl.js";
import { type FlowControl, MaxInFlight } from "./flowControl.js";
import { type DocumentSource, requireGet } from "./nonResource.js";
import type { PostStartHook } from "./postStartHook.js";
import type { CreateHandler } from "./registry/createHandler.js";
import type { StrategyLookup } from "./registry/registry.js";
import { StrategyTable } from "./registry/strategies.js";
import type { WriteClaims } from "./registry/writeClaims.js";

/** A file's content with its name for messages; the name's content never stands in one. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface ServiceAccountOptions {
  /** Where the keys are said to be; default below the issuer. */
  readonly jwksUri?: string;
  /** --service-account-issuer; default `https://kubernetes.default.svc`. */
  readonly issuers?: readonly string[];
  /** --service-account-key-file. */
  readonly keys?: readonly NamedText[];
  /**
   * --service-account-signing-key-file; without one a key is made (see
   * ServerPolicy.madeSigningKey).
   */
  readonly signingKey?: NamedText;
  /** --api-audiences; default the issuers. */
  readonly apiAudiences?: readonly string[];
  /** --service-account-lookup; default true. */
  readonly lookup?: boolean;
  /** --service-account-max-token-expiration; default no bound. */
  readonly maxTokenExpirationSeconds?: number;
  /** --service-account-extend-token-expiration; default true. */
  readonly extendTokenExpiration?: boolean;
}

export interface ServerPolicyOptions {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly storage: Storage;
  readonly codec: Codec;
  /** --allow-privileged. */
  readonly allowPrivileged: boolean;
  /** --authorization-mode, in its order. */
  readonly authorizationModes: readonly string[];
  /** PEM of --client-ca-file. */
  readonly clientCertificateAuthorities?: string;
  /** --requestheader-*; certificateAuthorities is PEM. */
  readonly requestHeader?: RequestHeaderOptions & { readonly certificateAuthorities: string };
  /** --token-auth-file and --basic-auth-file. */
  readonly tokenFile?: NamedText;
  readonly basicFile?: NamedText;
  /** --enable-bootstrap-token-auth. */
  readonly bootstrapTokens?: boolean;
  readonly serviceAccounts?: ServiceAccountOptions;
  readonly admission?: AdmissionChoice;
  /** --service-cluster-ip-range, one or two. Default 10.0.0.0/24. */
  readonly serviceRanges?: readonly string[];
  /** --service-node-port-range. Default 30000-32767. */
  readonly nodePorts?: { readonly first: number; readonly last: number };
  /** --enable-priority-and-fairness; default true. */
  readonly priorityAndFairness?: boolean;
  /** How the service `kubernetes` is kept. */
  readonly service: Omit<MasterServiceOptions, "ranges">;
  /** How this server's Lease is kept; absent: it has none. */
  readonly identity?: ServerIdentityOptions;
  /** Is told of values in storage that nobody can read; absent: nobody is. */
  readonly log?: (message: string) => void;
}

/** PEM of --client-ca-file and --requestheader-client-ca-file. */
export interface Authorities {
  readonly clients?: string;
  readonly frontProxies?: string;
}

/** Everything about one server that says who may do what, and what objects must look like. */
export interface ServerPolicy {
  readonly strategyFor: StrategyLookup;
  readonly admission: readonly AdmissionPlugin[];
  /** The addresses and node ports of services. */
  readonly claims: WriteClaims;
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly createHandlers: readonly CreateHandler[];
  readonly documents: readonly DocumentSource[];
  readonly documentPaths: readonly string[];
  /** Upstream's names for the parts of bootstrap, for /readyz. */
  readonly postStartHooks: readonly PostStartHook[];
  /** Start it before the server listens. */
  readonly bootstrap: Bootstrap;
  readonly caches: ServerCaches;
  /** For /readyz: see ApiServerOptions.syncCaches. */
  readonly syncCaches: () => Promise<readonly string[]>;
  /** Priority and fairness, or the fixed limits where it is switched off. */
  readonly flowControl: (context: FlowControlContext) => FlowControl;
  readonly issuer: ServiceAccountIssuer;
  /**
   * PEM of a signing key that was made because none was given: keep it, or tokens end with the
   * process.
   */
  readonly madeSigningKey: string | undefined;
  /**
   * Other authorities for the kinds of client certificates that the server was made with; told to
   * extension servers, too. Throws for PEM that holds none: then nothing has changed.
   */
  reloadAuthorities(authorities: Authorities): Promise<void>;
  /** Warnings about the configuration, for the log. */
  readonly warnings: readonly string[];
  close(): void;
}

const defaultIssuer = "https://kubernetes.default.svc";

/**
 * Wires authentication, authorization, admission, allocation and bootstrap. Throws an Error for
 * what a flag got wrong.
 */
export async function createServerPolicy(options: ServerPolicyOptions): Promise<ServerPolicy> {
  const { platform, storage, codec } = options;
  const unreadable = new UnreadableValues(options.log);
  const { clock, random } = platform;
  const stored = { storage, codec, clock, random, unreadable };
  const warnings: string[] = [];
  const ranges = parseRanges(options.serviceRanges ?? ["10.0.0.0/24"]);
  const caches = new ServerCaches(storage, unreadable);
  const rbac = new RbacAuthorizer(caches);
  const authorizer = await createAuthorizer(options.authorizationModes, caches, rbac);
  const accounts = serviceAccountIssuer(options.serviceAccounts ?? {});
  const { tokens, authenticators, verifiers } = createAuthenticators(
    options,
    caches,
    accounts.issuer,
  );
  warnOfSharedAuthority(options, warnings);
  const strategies = new StrategyTable({ allowPrivileged: options.allowPrivileged });
  const allocation = { ranges, nodePorts: options.nodePorts ?? { first: 30000, last: 32767 } };
  const claims = new ServiceClaims(stored, allocation.nodePorts);
  const admission = createAdmissionPlugins(
    {
      ...stored,
      ...{ allocation, authorizer, caches, claims },
      authorizationModes: options.authorizationModes,
      ...(options.authorizationModes.includes("RBAC") ? { rbac } : {}),
    },
    {
      onUnavailable: (name, why) => warnings.push(`admission plugin ${name}: ${why}`),
      ...options.admission,
    },
  );
  const apiAudiences = audiencesOf(options.serviceAccounts, accounts.issuers);
  const tokenRequests = new TokenRequestHandler(accounts.issuer, caches, storage, random, {
    apiAudiences,
    maxExpirationSeconds: options.serviceAccounts?.maxTokenExpirationSeconds ?? 0,
    extendExpiration: options.serviceAccounts?.extendTokenExpiration ?? true,
  });
  const bootstrap = new Bootstrap(stored, {
    service: { ...options.service, ranges },
    identity: options.identity,
    authentication: authenticationInfo(options),
    claims: new ClaimsRepair(stored, claims, ranges),
  });
  return {
    strategyFor: (type) => strategies.lookup(type),
    admission,
    claims,
    authenticators,
    authorizer,
    createHandlers: [
      ...reviewHandlers(authorizer),
      ...authenticationReviews(tokens, apiAudiences),
      tokenRequests,
    ],
    documents: [openIdDocuments(accounts.issuer, options.serviceAccounts?.jwksUri)],
    documentPaths: openIdPaths,
    postStartHooks: bootstrap.postStartHooks,
    bootstrap,
    caches,
    syncCaches: () => caches.sync(),
    flowControl: (context) => createFlowControl(options, context, caches),
    issuer: accounts.issuer,
    madeSigningKey: accounts.madeSigningKey,
    reloadAuthorities: (authorities) => {
      verifiers.reload(authorities);
      return bootstrap.tellAuthentication(authenticationInfo(options, authorities));
    },
    warnings,
    close: () => caches.close(),
  };
}

function createFlowControl(
  { priorityAndFairness }: ServerPolicyOptions,
  context: FlowControlContext,
  caches: ServerCaches,
): FlowControl {
  return priorityAndFairness === false
    ? new MaxInFlight(context, context.clock, context.metrics.seats)
    : fairFlowControl(context, caches);
}

function parseRanges(texts: readonly string[]): IpRange[] {
  const ranges = texts.map((text) => {
    const range = parseCidr(text.trim());
    if (range === undefined) throw new Error(`--service-cluster-ip-range: ${text} is no CIDR`);
    if (range.size < 8n) {
      throw new Error(`service-cluster-ip-range: ${formatCidr(range)} is too small`);
    }
    return range;
  });
  if (ranges.length === 0) throw new Error("service-cluster-ip-range: at least one is needed");
  const families = new Set(ranges.map(({ family }) => family));
  if (ranges.length > 2 || families.size !== ranges.length) {
    throw new Error("service-cluster-ip-range: at most one of each IP family");
  }
  return ranges;
}

async function createAuthorizer(
  modes: readonly string[],
  caches: ServerCaches,
  rbac: RbacAuthorizer,
): Promise<Authorizer> {
  const chain: Authorizer[] = [superuserAuthorizer];
  for (const mode of modes) {
    switch (mode) {
      case "RBAC":
        chain.push(rbac);
        break;
      case "Node":
        chain.push(new NodeAuthorizer(caches, await nodeRules()));
        break;
      case "AlwaysAllow":
        chain.push(alwaysAllowAuthorizer);
        break;
      case "AlwaysDeny":
        chain.push(alwaysDenyAuthorizer);
        break;
      case "ABAC":
      case "Webhook":
        throw new Error(`--authorization-mode: ${mode} is not available yet`);
      default:
        throw new Error(`--authorization-mode: ${JSON.stringify(mode)} is not a valid mode`);
    }
  }
  if (modes.length === 0) throw new Error("--authorization-mode: at least one mode is needed");
  if (new Set(modes).size !== modes.length) {
    throw new Error("--authorization-mode: a mode is named twice");
  }
  return new UnionAuthorizer(chain);
}

function audiencesOf(
  accounts: ServiceAccountOptions | undefined,
  issuers: readonly string[],
): readonly string[] {
  const given = accounts?.apiAudiences ?? [];
  return given.length > 0 ? given : issuers;
}

function serviceAccountIssuer(accounts: ServiceAccountOptions) {
  const given = accounts.issuers ?? [];
  const issuers = given.length > 0 ? given : [defaultIssuer];
  const keys = (accounts.keys ?? []).flatMap(({ text, name }) => verificationKeysOfPem(text, name));
  const made = accounts.signingKey === undefined ? makeSigningKey() : undefined;
  const signing =
    made?.key ?? signingKeyOfPem(accounts.signingKey?.text ?? "", accounts.signingKey?.name ?? "");
  const issuer = new ServiceAccountIssuer(issuers[0] ?? defaultIssuer, signing, keys);
  return { issuer, issuers, madeSigningKey: made?.pem };
}

/** Whose authorities may change while the server runs. */
class Verifiers {
  clients: CertificateVerifier | undefined;
  frontProxies: CertificateVerifier | undefined;

  /** Both or none: throws before anything has changed. */
  reload({ clients, frontProxies }: Authorities): void {
    for (const pem of [clients, frontProxies]) {
      if (pem !== undefined) new CertificateVerifier(pem).reload(pem);
    }
    if (clients !== undefined) this.clients?.reload(clients);
    if (frontProxies !== undefined) this.frontProxies?.reload(frontProxies);
  }
}

/** In upstream's order. Anonymous requests are the pipeline's affair. */
function createAuthenticators(
  options: ServerPolicyOptions,
  caches: ServerCaches,
  issuer: ServiceAccountIssuer,
): {
  tokens: BearerTokenAuthenticator;
  authenticators: Authenticator[];
  verifiers: Verifiers;
} {
  const { clock } = options.platform;
  const authenticators: Authenticator[] = [];
  const { requestHeader, clientCertificateAuthorities, basicFile, tokenFile } = options;
  const verifiers = new Verifiers();
  if (requestHeader !== undefined) {
    const verifier = new CertificateVerifier(requestHeader.certificateAuthorities);
    authenticators.push(new RequestHeaderAuthenticator(verifier, clock, requestHeader));
    verifiers.frontProxies = verifier;
  }
  if (clientCertificateAuthorities) {
    const verifier = new CertificateVerifier(clientCertificateAuthorities);
    authenticators.push(new X509Authenticator(verifier, clock));
    verifiers.clients = verifier;
  }
  if (basicFile !== undefined) {
    const lines = parseCredentialFile(basicFile.text, basicFile.name);
    authenticators.push(new BasicAuthenticator(lines));
  }
  const kinds: TokenAuthenticator[] = [];
  if (tokenFile !== undefined) {
    kinds.push(new TokenFileAuthenticator(parseCredentialFile(tokenFile.text, tokenFile.name)));
  }
  const accounts = options.serviceAccounts ?? {};
  const issuers = accounts.issuers?.length ? accounts.issuers : [defaultIssuer];
  kinds.push(
    new ServiceAccountAuthenticator(caches, options.storage, clock, {
      issuers,
      apiAudiences: accounts.apiAudiences ?? [],
      keys: issuer.keys,
      lookup: accounts.lookup ?? true,
      legacyUse: new LegacyTokenUse(options.storage, options.codec, clock),
    }),
  );
  if (options.bootstrapTokens === true) {
    kinds.push(new BootstrapTokenAuthenticator(options.storage, clock));
  }
  const tokens = new BearerTokenAuthenticator(kinds);
  authenticators.push(tokens);
  return { tokens, authenticators, verifiers };
}

function warnOfSharedAuthority(options: ServerPolicyOptions, warnings: string[]): void {
  const header = options.requestHeader;
  if (header === undefined) return;
  const anyName = header.allowedNames.filter((name) => name !== "").length === 0;
  const same =
    header.certificateAuthorities.trim() === options.clientCertificateAuthorities?.trim();
  if (!anyName || !same) return;
  warnings.push(
    "--requestheader-client-ca-file and --client-ca-file are the same and " +
      "--requestheader-allowed-names is empty: every client certificate can act as any user",
  );
}

function authenticationInfo(
  { clientCertificateAuthorities, requestHeader }: ServerPolicyOptions,
  { clients = clientCertificateAuthorities, frontProxies }: Authorities = {},
): AuthenticationInfo {
  const header = requestHeader && {
    ...requestHeader,
    certificateAuthorities: frontProxies ?? requestHeader.certificateAuthorities,
  };
  return { clientCertificateAuthorities: clients, requestHeader: header };
}

const openIdPaths = ["/.well-known/openid-configuration", "/openid/v1/jwks"];

/** OpenID discovery, so that others can check the tokens of service accounts. */
function openIdDocuments(
  issuer: ServiceAccountIssuer,
  jwksUri = `${issuer.issuer}/openid/v1/jwks`,
): DocumentSource {
  return (request, path) => {
    if (openIdPaths.includes(path)) requireGet(request);
    if (path === "/openid/v1/jwks") {
      return document("application/jwk-set+json", issuer.jsonWebKeySet());
    }
    if (path !== "/.well-known/openid-configuration") return undefined;
    const configuration = issuer.openIdConfiguration(jwksUri);
    return configuration === undefined ? undefined : document(mediaTypes.json, configuration);
  };
}

function document(contentType: string, body: string) {
  const headers = { "cache-control": "public, max-age=3600" };
  return { kind: "document", code: 200, contentType, body, headers } as const;
}
