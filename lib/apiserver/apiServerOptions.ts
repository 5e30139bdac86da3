import type { Codec } from "../api/codec.js";
import type { Scheme } from "../api/scheme.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { HttpLimits, TlsServerOptions } from "../platform/network.js";
import type { Platform } from "../platform/platform.js";
import type { Storage } from "../storage/storage.js";
import type { AdmissionPlugin } from "./admission/admissionPlugin.js";
import type { AuditSink } from "./audit.js";
import type { Authenticator } from "./authentication/authenticator.js";
import type { Authorizer } from "./authorization/authorizer.js";
import type { KubeletConnector } from "./connect.js";
import type { FlowControl, FlowControlOptions } from "./flowControl.js";
import type { HealthCheck } from "./healthChecks.js";
import type { ApiServerMetrics } from "./metrics/apiServerMetrics.js";
import type { DocumentSource } from "./nonResource.js";
import type { PostStartHook } from "./postStartHook.js";
import type { ComponentCheck } from "./registry/componentStatuses.js";
import type { CreateHandler } from "./registry/createHandler.js";
import type { Registry, StrategyLookup } from "./registry/registry.js";
import type { WriteClaims } from "./registry/writeClaims.js";
import type { ServerObjects } from "./serverObjects.js";

export interface SecureListenOptions {
  readonly address: string;
  /** Addresses beside it, on the same port. */
  readonly moreAddresses?: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: TlsServerOptions;
  /** Other servers may listen there too (REST alone); connections are divided between them. */
  readonly sharesPort?: boolean;
}

/** No TLS, no authentication: see localPeerRule for whom it serves. */
export interface PlainListenOptions {
  readonly address: string;
  readonly port: number;
  /** --insecure-port-allow-any-user: serves whoever reaches it. Default false. */
  readonly allowAnyUser?: boolean;
  /** A port that is in use is logged, and the server goes on without it. Default false. */
  readonly optional?: boolean;
}

/** What flow control is made with. */
export interface FlowControlContext extends FlowControlOptions {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly metrics: ApiServerMetrics;
  readonly registry: Registry;
  readonly objects: ServerObjects;
  readonly requestTimeoutMilliseconds: number;
  readonly log: (message: string, error: unknown) => void;
}

export interface ApiServerOptions {
  readonly platform: Platform;
  readonly storage: Storage;
  readonly codec: Codec;
  /** The kinds that are served; default: a scheme of its own, with the built-in ones. */
  readonly scheme?: Scheme;
  readonly strategyFor: StrategyLookup;
  readonly admission: readonly AdmissionPlugin[];
  /** What objects hold beside their own keys. */
  readonly claims?: WriteClaims;
  readonly authenticators: readonly Authenticator[];
  /** --anonymous-auth; default true. */
  readonly allowAnonymous?: boolean;
  readonly authorizer: Authorizer;
  /** Reviews and tokens. */
  readonly createHandlers?: readonly CreateHandler[];
  readonly postStartHooks?: readonly PostStartHook[];
  readonly healthChecks?: readonly HealthCheck[];
  /**
   * Reads the caches that admission and authorization need, and resolves with the names of those
   * that could not be read: informer-sync of /readyz. Never rejects.
   */
  readonly syncCaches?: () => Promise<readonly string[]>;
  /** OpenAPI, OpenID and other documents. */
  readonly documents?: readonly DocumentSource[];
  readonly documentPaths?: readonly string[];
  readonly connector?: KubeletConnector;
  readonly audit?: AuditSink;
  /** Default: the fixed limits. */
  readonly flowControl?: (context: FlowControlContext) => FlowControl;
  /** --max-requests-inflight and --max-mutating-requests-inflight; default 400 and 200. */
  readonly maxRequestsInFlight?: number;
  readonly maxMutatingRequestsInFlight?: number;
  /** REST with TLS; absent serves nothing there. */
  readonly secure?: SecureListenOptions;
  /** REST without TLS, authentication and authorization. */
  readonly insecure?: PlainListenOptions;
  /** gRPC with TLS. */
  readonly secureRpc?: SecureListenOptions;
  /** gRPC beside the insecure port. */
  readonly insecureRpc?: PlainListenOptions;
  /** What discovery tells as this server's address, for example `10.0.0.9:6443`. */
  readonly advertiseAddress?: string;
  /** How often history is compacted, keeping one interval; default 300, 0 never. */
  readonly compactionIntervalSeconds?: number;
  /**
   * --etcd-count-metric-poll-period: how often objects are counted at most; 0 never. Default: at
   * each question for metrics.
   */
  readonly countPeriodMilliseconds?: number;
  /** Within what time storage says that it is there. */
  readonly storageTimeouts?: {
    readonly healthMilliseconds: number;
    readonly readyMilliseconds: number;
  };
  /** --event-ttl; default 3600; 0 keeps Events for ever. */
  readonly eventTtlSeconds?: number;
  /** --lease-reuse-duration-seconds; default 60. */
  readonly leaseReuseSeconds?: number;
  /**
   * --min-request-timeout; default 1800: a watch that asks for no end gets one at random between
   * this and twice as much.
   */
  readonly minRequestTimeoutSeconds?: number;
  /** --request-timeout; default 60: what is no watch and no connection ends with 504 then. */
  readonly requestTimeoutSeconds?: number;
  /** What one client can hold of the REST ports. */
  readonly httpLimits?: HttpLimits;
  /** How long running requests have when the server stops; default 10. */
  readonly shutdownGraceSeconds?: number;
  /** Components that ComponentStatus tells of, beside the store. */
  readonly componentChecks?: readonly ComponentCheck[];
  /** The command line's flags in effect, for /flagz. */
  readonly flags?: ReadonlyMap<string, string>;
  readonly log?: (message: string, error?: unknown) => void;
  /** Gets a line for each request when it is over; absent logs none. */
  readonly requestLogger?: Logger;
}
