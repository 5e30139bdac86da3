import { ApiError, apiErrors } from "../api/status.js";
import type { Clock } from "../platform/clock.js";
import { StorageError } from "../storage/storage.js";
import type { AuditSink } from "./audit.js";
import { type AuthenticationOptions, authenticateRequest } from "./authenticateRequest.js";
import type { Authorizer } from "./authorization/authorizer.js";
import { authorizeRequest } from "./authorizeRequest.js";
import type { ConnectHandler } from "./connectHandler.js";
import { type FlowControl, isLongRunning, type Release } from "./flowControl.js";
import { impersonateUser } from "./impersonateUser.js";
import type { ApiServerMetrics } from "./metrics/apiServerMetrics.js";
import type { NonResourceHandler } from "./nonResource.js";
import type { Registry } from "./registry/registry.js";
import type { RequestInfo } from "./requestInfo.js";
import type { AuthenticatedRequest, ServerRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

export interface PipelineOptions {
  readonly clock: Clock;
  readonly authentication: AuthenticationOptions;
  readonly authorizer: Authorizer;
  readonly flowControl: FlowControl;
  readonly registry: Registry;
  readonly nonResource: NonResourceHandler;
  readonly connect: ConnectHandler;
  readonly metrics: ApiServerMetrics;
  readonly audit: AuditSink | undefined;
  /** Told of what is answered with 500. */
  readonly log: (message: string, error: unknown) => void;
}

/**
 * authentication → audit → flow control → authorization → registry (codec, admission, storage), for
 * every transport alike. Rejects with ApiErrors only.
 */
export class Pipeline {
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  async handle(request: ServerRequest, auditId = ""): Promise<ServerResult> {
    const { clock, metrics, audit } = this.#options;
    const { method } = request;
    const info = this.#countedAs(request.info);
    const started = clock.monotonic();
    try {
      const result = await this.#run(request, auditId);
      const code = codeOf(result);
      metrics.observeRequest(info, method, code, (clock.monotonic() - started) / 1000);
      const size = info.verb === "get" || info.verb === "list" ? sizeOf(result) : undefined;
      if (size !== undefined) metrics.observeResponseSize(info, method, size);
      audit?.completed(auditId, request, code, undefined);
      return result;
    } catch (error) {
      const refusal = this.#toApiError(error, request);
      const seconds = (clock.monotonic() - started) / 1000;
      metrics.observeRequest(info, method, refusal.code, seconds);
      audit?.completed(auditId, request, refusal.code, refusal);
      throw refusal;
    }
  }

  /** Groups and resources that nobody serves are the client's words: they become no labels. */
  #countedAs(info: RequestInfo): RequestInfo {
    const { registry } = this.#options;
    const isUnknown =
      info.isResourceRequest &&
      registry.find(info.group, info.version, info.resource) === undefined;
    return isUnknown ? { isResourceRequest: false, verb: info.verb, path: "" } : info;
  }

  async #run(request: ServerRequest, auditId: string): Promise<ServerResult> {
    const { authentication, authorizer, flowControl, audit } = this.#options;
    const { metrics, clock } = this.#options;
    const { info } = request;
    const asker =
      request.trustedUser ??
      (await metrics.authentication.measure(clock, "failure", "success", () =>
        authenticateRequest(authentication, request),
      ));
    metrics.authenticatedUsers.with(knownUserLabel(asker.name)).increment();
    const impersonated = await impersonateUser(authorizer, asker, request.headers);
    const user = impersonated ?? asker;
    audit?.received(auditId, request, user);
    const release = isLongRunning(info) ? undefined : await this.#enter(flowControl, request, user);
    try {
      // Whoever acts as somebody else may do what they may, also over the insecure port.
      if (request.trustedUser === undefined || impersonated !== undefined) {
        await metrics.authorization.measure(clock, "denied", "allowed", () =>
          authorizeRequest(authorizer, info, user),
        );
      }
      // The same object with one more property: copying every field would cost more than it is
      // worth.
      const authenticated = Object.assign(request, { user });
      return await this.#dispatch(authenticated);
    } finally {
      release?.();
    }
  }

  async #enter(
    flowControl: FlowControl,
    request: ServerRequest,
    user: AuthenticatedRequest["user"],
  ): Promise<Release> {
    try {
      return await flowControl.enter(request.info, user, request.signal);
    } catch (error) {
      this.#options.metrics.observeTermination(request.info, request.method, 429);
      throw error;
    }
  }

  #dispatch(request: AuthenticatedRequest): Promise<ServerResult> | ServerResult {
    const { info } = request;
    if (!info.isResourceRequest) {
      return this.#options.nonResource.handle(request, info);
    }
    return info.verb === "connect"
      ? this.#options.connect.handle(request, info)
      : this.#options.registry.handle(request, info);
  }

  #toApiError(error: unknown, request: ServerRequest): ApiError {
    if (error instanceof ApiError) {
      return error;
    }
    if (error instanceof StorageError) {
      return storageRefusal(error);
    }
    // A fault of the server: this request fails, the server goes on.
    this.#options.log(`${request.method} ${request.info.path} failed`, error);
    return apiErrors.internal(error);
  }
}

/** Names of users are many: what does not tell a person from a component becomes one label. */
function knownUserLabel(name: string): string {
  if (namedUsers.has(name)) return name;
  return name.includes("@") ? "email_id" : "other";
}

const namedUsers = new Set([
  "admin",
  "client",
  "kube_proxy",
  "kubelet",
  "system:serviceaccount:kube-system:default",
]);

/** Of what is answered whole; streams and connections have no size of their own. */
function sizeOf(result: ServerResult): number | undefined {
  switch (result.kind) {
    case "object":
      return result.bytes.length;
    case "list":
      return result.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    default:
      return undefined;
  }
}

function codeOf(result: ServerResult): number {
  return result.kind === "object" || result.kind === "document" ? result.code : 200;
}

function storageRefusal(error: StorageError): ApiError {
  switch (error.reason) {
    case "compacted":
      return apiErrors.expired("The resourceVersion for the provided list is too old.");
    case "futureRevision":
      return apiErrors.timeout(error.message, 1);
    case "tooLarge":
      return apiErrors.requestEntityTooLarge(error.message);
    case "tooManyWatchers":
      return apiErrors.tooManyRequests(error.message, 1);
    case "closed":
    case "readOnly":
    case "diskFull":
    case "locked":
      return apiErrors.serviceUnavailable(error.message);
    default:
      return apiErrors.internal(error);
  }
}
