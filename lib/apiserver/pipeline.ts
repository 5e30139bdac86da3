import type { MaybePromise } from "../api/maybePromise.js";
import { ApiError, apiErrors } from "../api/status.js";
import type { PipeEnd } from "../platform/network.js";
import { StorageError } from "../storage/storage.js";
import type { ListStream } from "./listStream.js";
import type { WatchSession } from "./registry/watchSession.js";
import { RequestContext, type RequestServices } from "./requestContext.js";
import { RequestDeadlines } from "./requestDeadlines.js";
import type { RequestInfo } from "./requestInfo.js";
import type { RequestSignal } from "./requestSignal.js";
import { requestStages } from "./requestStages.js";
import type { ServerRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";
import { runStages } from "./stages.js";

/**
 * Responses of up to this many bytes, one piece, are given over at once, and their seats with it:
 * to wait for the client costs more than to write them.
 */
const pieceBytes = 64 * 1024;

/**
 * Runs the stages of requests (requestStages.ts) for every transport alike. However a request ends,
 * its seat is given back, and metrics and the audit sink hear of it, once. What is neither a watch
 * nor a connection ends at its deadline; its work is told to stop then, and keeps the seat until it
 * has. What it has written by then stays written. A list that is on its way then is cut.
 */
export class Pipeline {
  readonly #services: RequestServices;

  readonly #deadlines: RequestDeadlines;

  constructor(services: RequestServices) {
    this.#services = services;
    const { clock, requestTimeoutMilliseconds } = services;
    this.#deadlines = new RequestDeadlines(clock, requestTimeoutMilliseconds);
  }

  /** No deadline passes any more. */
  stop(): void {
    this.#deadlines.stop();
  }

  get requestTimeoutMilliseconds(): number {
    return this.#services.requestTimeoutMilliseconds;
  }

  /** The Status error of a request that waited for its client until its deadline. */
  waitedInVain(info: RequestInfo | undefined, method: string): ApiError {
    const error = timedOut();
    if (info !== undefined) this.#services.metrics.observeTermination(info, method, error.code);
    return error;
  }

  /** Throws, or rejects with, ApiErrors only. Makes no promise where nothing has to wait. */
  handle(request: ServerRequest, auditId = ""): MaybePromise<ServerResult> {
    const context = new RequestContext(this.#services, request, auditId);
    const started = this.#services.clock.monotonic() - (request.waitedMilliseconds ?? 0);
    const signal = isLongRunning(request.info) ? undefined : context.limitSignal();
    let waiting: MaybePromise<void>;
    try {
      waiting = runStages(requestStages, context);
    } catch (error) {
      throw this.#failed(context, started, error);
    }
    if (waiting === undefined) return this.#succeeded(context, started);
    if (signal !== undefined) return this.#untilDeadline(context, started, waiting, signal);
    return waiting.then(
      () => this.#succeeded(context, started),
      (error: unknown) => {
        throw this.#failed(context, started, error);
      },
    );
  }

  #untilDeadline(
    context: RequestContext,
    started: number,
    waiting: Promise<void>,
    signal: RequestSignal,
  ): Promise<ServerResult> {
    const { request } = context;
    return new Promise((resolve, reject) => {
      let hasPassed = false;
      const forget = this.#deadlines.add(request.timeoutMilliseconds, started, () => {
        hasPassed = true;
        const error = timedOut();
        request.passedDeadline = error;
        this.#services.metrics.observeTermination(request.info, request.method, error.code);
        this.#counted(context, started, error);
        reject(error);
        signal.abort(error);
      });
      waiting.then(
        () => {
          forget();
          if (hasPassed) this.#tooLate(context);
          else resolve(this.#succeeded(context, started));
        },
        (error: unknown) => {
          forget();
          if (hasPassed) this.#over(context);
          else reject(this.#failed(context, started, error));
        },
      );
    });
  }

  /** Its result has come after its deadline. */
  #tooLate(context: RequestContext): void {
    const { result } = context;
    if (result?.kind === "listStream") result.stream.drop();
    this.#over(context);
  }

  #succeeded(context: RequestContext, started: number): ServerResult {
    const { request, result, auditId } = context;
    if (result === undefined) throw new Error("the last stage gave no result");
    if (result.kind === "watch") this.#watchStarted(context, result.session);
    if (result.kind === "listStream") {
      this.#listStarted(context, started, result.stream);
      return result;
    }
    const code = codeOf(result);
    this.#holdSeat(context, started, result);
    this.#over(context);
    this.#observe(context, started, code);
    const { info, method } = request;
    const size = info.verb === "get" || info.verb === "list" ? sizeOf(result) : undefined;
    if (size !== undefined) {
      this.#services.metrics.observeResponseSize(context.countedAs ?? info, method, size);
    }
    this.#services.audit?.completed(auditId, request, code, undefined);
    return result;
  }

  /**
   * The seat of a large response is its own until the client's connection has it all, the client is
   * slow to take it, or its deadline has passed. Small ones are taken at once.
   */
  #holdSeat(context: RequestContext, started: number, result: ServerResult): void {
    const { request } = context;
    if (request.hold === undefined) return;
    const bytes = bytesOf(result);
    if (bytes <= pieceBytes) return;
    let { release } = context;
    context.release = undefined;
    const free = (): void => {
      forget();
      release?.();
      release = undefined;
    };
    const forget = this.#deadlines.add(request.timeoutMilliseconds, started, free);
    request.hold(bytes, free);
  }

  /** Its seat is free when its state has been sent, and writes count it until it is over. */
  #watchStarted(context: RequestContext, session: WatchSession): void {
    const { info } = context.request;
    if (context.release !== undefined) session.onInitialized(context.release);
    context.release = undefined;
    const over = info.isResourceRequest && this.#services.flowControl.watchStarted?.(info);
    if (over) session.onClosed(over);
  }

  /**
   * It is sent by its request's deadline, or cut. Its seat is its own as long as the server works;
   * what waits for a slow client holds nobody's.
   */
  #listStarted(context: RequestContext, started: number, stream: ListStream): void {
    const { info, method, timeoutMilliseconds } = context.request;
    const forget = this.#deadlines.add(timeoutMilliseconds, started, () => {
      this.#services.metrics.observeTermination(info, method, 504);
      stream.cut();
    });
    stream.on({
      slow: () => {
        context.release?.();
        context.release = undefined;
      },
      end: (end) => {
        forget();
        this.#listSent(context, started, end);
      },
    });
  }

  #listSent(context: RequestContext, started: number, { bytes }: PipeEnd): void {
    const { request, auditId } = context;
    this.#over(context);
    this.#observe(context, started, 200);
    const info = context.countedAs ?? request.info;
    this.#services.metrics.observeResponseSize(info, request.method, bytes);
    this.#services.audit?.completed(auditId, request, 200, undefined);
  }

  /** The Status error that the request ends with. */
  #failed(context: RequestContext, started: number, cause: unknown): ApiError {
    const error = this.#toApiError(cause, context.request);
    this.#over(context);
    this.#counted(context, started, error);
    return error;
  }

  #counted(context: RequestContext, started: number, error: ApiError): void {
    this.#observe(context, started, error.code);
    this.#services.audit?.completed(context.auditId, context.request, error.code, error);
  }

  /** Nothing of the request runs any more. */
  #over({ release, signal }: RequestContext): void {
    release?.();
    signal?.end();
  }

  #observe({ request, countedAs }: RequestContext, started: number, code: number): void {
    const { metrics, clock } = this.#services;
    const seconds = (clock.monotonic() - started) / 1000;
    metrics.observeRequest(countedAs ?? request.info, request.method, code, seconds);
  }

  #toApiError(error: unknown, request: ServerRequest): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof StorageError) return storageFailure(error);
    // A fault of the server: this request fails, the server goes on.
    this.#services.log(`${request.method} ${request.info.path} failed`, error);
    return apiErrors.internal(error);
  }
}

function timedOut(): ApiError {
  return apiErrors.timeout("request did not complete within the allotted timeout");
}

/** Watches and connections last for as long as their clients want. */
function isLongRunning(info: RequestInfo): boolean {
  return info.isResourceRequest && (info.verb === "watch" || info.verb === "connect");
}

/** Of what is sent whole; streams and connections have no size of their own. */
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

function bytesOf(result: ServerResult): number {
  return result.kind === "document" ? result.body.length : (sizeOf(result) ?? 0);
}

function codeOf(result: ServerResult): number {
  return result.kind === "object" || result.kind === "document" ? result.code : 200;
}

/** The Status error of a store that could not do what it was asked. */
function storageFailure(error: StorageError): ApiError {
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
