import type { MaybePromise } from "../api/maybePromise.js";
import type { ApiError } from "../api/status.js";
import type { Connection, Headers } from "../platform/network.js";
import type { AuditAnnotations } from "./audit.js";
import type { ConnectTransport } from "./connect.js";
import type { GroundsRecord } from "./grounds.js";
import type { Accepted } from "./http/negotiateMediaType.js";
import type { UserInfo } from "./identity.js";
import type { RequestInfo } from "./requestInfo.js";
import type { RequestOptions } from "./requestOptions.js";

/** How objects leave the server: REST's media types, and gRPC's bare messages. */
export type ResponseView =
  | { readonly transport: "rest"; readonly accepted: Accepted }
  | {
      readonly transport: "rpc";
      readonly format: "message" | "json" | "protobuf";
      /** metadata: PartialObjectMetadata in the place of each object. */
      readonly part: "object" | "metadata";
    };

/** One request on its way through the pipeline, whatever transport it came by. */
export interface ServerRequest {
  readonly info: RequestInfo;
  /** The HTTP method; gRPC and in-process calls give the one that REST would have used. */
  readonly method: string;
  readonly query: URLSearchParams | undefined;
  readonly options: RequestOptions;
  /** Undefined when no acceptable form was asked for: 406 once the caller is known and allowed. */
  readonly view: ResponseView | undefined;
  /** Media type of the body, lower case and without parameters; empty where none was given. */
  readonly contentType: string;
  readonly userAgent: string;
  readonly headers: Headers;
  readonly connection: Connection | undefined;
  /** Set for trusted callers (in process, insecure port): neither authenticated nor authorized. */
  readonly trustedUser: UserInfo | undefined;
  /** Set for components of this process: not authenticated, but authorized. */
  readonly knownUser: UserInfo | undefined;
  /** Aborts when the client has gone, the deadline has passed or the server stops. */
  signal: () => AbortSignal;
  /** The bytes where they are there already. Rejects with RequestEntityTooLarge past 3 MiB. */
  readonly readBody: () => MaybePromise<Uint8Array>;
  /** Only for connect requests. */
  readonly connectTransport: ConnectTransport | undefined;
  /** The transport can send lists and watches that storage hands to it. */
  readonly takesSource?: boolean;
  /** HttpResponse's: absent where the transport takes every response at once. */
  readonly hold?: ((bytes: number, onTaken: () => void) => void) | undefined;
  /** HttpResponse's. */
  readonly room?: ((isLarge: boolean) => Promise<void> | undefined) | undefined;
  /** How long it has waited before it began: its deadline has come nearer by that. */
  readonly waitedMilliseconds?: number | undefined;
  /** Present where somebody wants to know what the result rests on. */
  readonly grounds?: GroundsRecord | undefined;
  /** Collected for the Warning headers. */
  readonly warnings: string[];
  /** Of the request's audit event. Absent where nothing is audited. */
  auditAnnotations?: AuditAnnotations;
  /** See FlowControlled. */
  readonly timeoutMilliseconds?: number | undefined;
  /** What the request ended with when its deadline passed; its work may still go on. */
  passedDeadline?: ApiError;
  flowHeaders?: Readonly<Record<string, string>>;
}

/** The request once its user is known. */
export interface AuthenticatedRequest extends ServerRequest {
  readonly user: UserInfo;
}
