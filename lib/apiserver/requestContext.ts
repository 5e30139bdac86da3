import type { Clock } from "../platform/clock.js";
import type { Random } from "../platform/random.js";
import type { AuditSink } from "./audit.js";
import type { AuthenticationOptions } from "./authenticateRequest.js";
import type { Authorizer } from "./authorization/authorizer.js";
import type { ConnectHandler } from "./connectHandler.js";
import type { FlowControl, Release } from "./flowControl.js";
import type { UserInfo } from "./identity.js";
import type { ApiServerMetrics } from "./metrics/apiServerMetrics.js";
import type { NonResourceHandler } from "./nonResource.js";
import type { Registry } from "./registry/registry.js";
import type { RequestInfo } from "./requestInfo.js";
import { RequestSignal } from "./requestSignal.js";
import type { ServerRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

/** What the stages of a request work with. */
export interface RequestServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly authentication: AuthenticationOptions;
  readonly authorizer: Authorizer;
  readonly flowControl: FlowControl;
  readonly registry: Registry;
  readonly nonResource: NonResourceHandler;
  readonly connect: ConnectHandler;
  readonly metrics: ApiServerMetrics;
  readonly audit: AuditSink | undefined;
  /** Called with what ends in a response of code 500. */
  readonly log: (message: string, error: unknown) => void;
  /** --request-timeout. */
  readonly requestTimeoutMilliseconds: number;
}

/** What is known of one request; its stages fill it in, in the order of the fields. */
export class RequestContext {
  readonly services: RequestServices;
  readonly request: ServerRequest;
  /** Empty where the transport has none and no audit sink asks for one. */
  auditId: string;
  /** What metrics count the request as. */
  countedAs: RequestInfo | undefined = undefined;
  /** Who has proved to be the sender. */
  requester: UserInfo | undefined = undefined;
  /** Whom the request acts as: the requester, or who is impersonated. */
  user: UserInfo | undefined = undefined;
  /** Gives the seat back; undefined for connections, which have none. */
  release: Release | undefined = undefined;
  result: ServerResult | undefined = undefined;
  /** What the request's signal has become; undefined for long-running requests. */
  signal: RequestSignal | undefined = undefined;

  constructor(services: RequestServices, request: ServerRequest, auditId: string) {
    this.services = services;
    this.request = request;
    this.auditId = auditId;
  }

  /** From now on the request's signal can be aborted before the transport's. */
  limitSignal(): RequestSignal {
    const signal = new RequestSignal(this.request.signal);
    this.request.signal = signal.get;
    this.signal = signal;
    return signal;
  }
}
