import type { Duplex } from "node:stream";
import type { Codec } from "../../api/codec.js";
import type { MaybePromise } from "../../api/maybePromise.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { parseDurationMilliseconds } from "../../api/time.js";
import type { Connection, HttpRequest, HttpResponse } from "../../platform/network.js";
import type { Random } from "../../platform/random.js";
import { isWebSocketRequest } from "../../platform/streaming/messageSocket.js";
import type { ConnectTransport } from "../connect.js";
import type { GroundsRecord } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import type { Pipeline } from "../pipeline.js";
import { noRequestInfo } from "../plainError.js";
import type { WatchSession } from "../registry/watchSession.js";
import type { RequestInfo } from "../requestInfo.js";
import type { RequestLog } from "../requestLog.js";
import { parseRequestOptions } from "../requestOptions.js";
import type { ServerRequest } from "../serverRequest.js";
import type { DirectRequests } from "./directRequests.js";
import { type Accepted, negotiateMediaType } from "./negotiateMediaType.js";
import { isTrue, parseRequestInfo, RequestInfoError } from "./parseRequestInfo.js";
import { sendResult, takesSource } from "./sendResult.js";
import { sendStatusError, statusErrorResponse, upgradeStatusError } from "./sendStatusError.js";
import { watchOverWebSocket } from "./webSocketWatch.js";

export const maxBodyBytes = 3 * 1024 * 1024;

export interface HttpFrontOptions {
  readonly pipeline: Pipeline;
  /** Whether what a request is about has no protobuf form. */
  readonly isJsonAlone: (info: RequestInfo) => boolean;
  readonly codec: Codec;
  readonly random: Random;
  /**
   * Set on the insecure port: every request is this user's and is neither authenticated nor
   * authorized.
   */
  readonly trustedUser: UserInfo | undefined;
  /** Set for a component of this process: it is not authenticated, but authorized. */
  readonly knownUser?: UserInfo;
  /** On the insecure port: it serves other machines too, which call it by whatever name. */
  readonly anyHostName?: boolean;
  /** Called when the server stops, so that streams can end: returns what forgets the callback. */
  readonly onStop: (callback: () => void) => () => void;
  /** Absent where each request has to be seen here, or storage cannot be read otherwise. */
  readonly directRequests?: DirectRequests;
  /** Absent where requests are not logged. */
  readonly requestLog?: RequestLog;
  /** Told when not even a Status error could be sent. */
  readonly log: (message: string, error: unknown) => void;
}

/** REST: turns HTTP requests into ServerRequests and results into responses. */
export class HttpFront {
  readonly #options: HttpFrontOptions;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
  }

  /** The listener's onRequest. Never throws: whatever goes wrong becomes a response. */
  onRequest(request: HttpRequest, response: HttpResponse): void {
    this.#answer(request, { kind: "http", request, response }).catch((error: unknown) => {
      this.#options.log(`${request.method} ${pathOf(request)} could not be answered`, error);
      response.abort();
    });
  }

  /** The listener's: requests that wait for their clients have their deadlines. */
  readonly waits = {
    milliseconds: (target: string): number => {
      const { requestTimeoutMilliseconds } = this.#options.pipeline;
      const own = ownTimeoutOf(target);
      return own > 0 ? Math.min(own, requestTimeoutMilliseconds) : requestTimeoutMilliseconds;
    },
    onLate: (http: HttpRequest, response: HttpResponse): void => this.#late(http, response),
  };

  #late(http: HttpRequest, response: HttpResponse): void {
    const { random, requestLog, pipeline } = this.#options;
    const auditId = headerOf(http, "audit-id") || random.uuid();
    const accepted = negotiateMediaType(headerOf(http, "accept"));
    const transport = { kind: "http", request: http, response } as const;
    const info = readInfo(http);
    const error = pipeline.waitedInVain(info, http.method);
    this.#refuse(http, transport, error, { accepted, auditId, warnings: [] });
    this.#log(http, auditId, requestLog?.begun() ?? 0, info, error.code);
  }

  onUpgrade(request: HttpRequest, socket: Duplex, head: Uint8Array): void {
    this.#answer(request, { kind: "upgrade", request, socket, head }).catch((error: unknown) => {
      this.#options.log(`${request.method} ${pathOf(request)} could not be answered`, error);
      socket.destroy();
    });
  }

  async #answer(http: HttpRequest, transport: ConnectTransport): Promise<void> {
    const auditId = headerOf(http, "audit-id") || this.#options.random.uuid();
    const accepted = negotiateMediaType(headerOf(http, "accept"));
    const warnings: string[] = [];
    const begun = this.#options.requestLog?.begun() ?? 0;
    let request: ServerRequest | undefined;
    const log = (status: number): void => this.#log(http, auditId, begun, request?.info, status);
    try {
      refuseUnwantedPeer(http.connection);
      if (this.#options.trustedUser !== undefined) {
        refuseForeignPage(http, this.#options.anyHostName === true);
      }
      const { directRequests } = this.#options;
      const candidate =
        transport.kind === "http"
          ? directRequests?.candidateOf(http, transport.response)
          : undefined;
      const handled = this.#serverRequest(http, transport, accepted, warnings, candidate?.record);
      request = handled;
      const handling = this.#options.pipeline.handle(handled, auditId);
      const result = handling instanceof Promise ? await handling : handling;
      if (result.kind === "sent") {
        log(transport.kind === "upgrade" ? 101 : 200);
        return;
      }
      if (
        transport.kind === "upgrade" &&
        result.kind === "watch" &&
        isWebSocketRequest(http.headers)
      ) {
        await this.#watchUpgraded(transport, result.session, log);
        return;
      }
      if (transport.kind === "upgrade") {
        if (result.kind === "watch") result.session.close();
        throw apiErrors.badRequest("Upgrade request required");
      }
      await sendResult(this.#options, result, {
        http,
        response: transport.response,
        accepted: acceptedOf(handled),
        auditId,
        warnings,
        pretty: isPretty(http, accepted),
        flowHeaders: request.flowHeaders,
        onWatchEnd: () => log(200),
        onListEnd: ({ outcome, message }) => {
          if (outcome === "failed") {
            this.#options.log(`${http.method} ${pathOf(http)} was cut off`, new Error(message));
          }
          log(200);
        },
        ...(candidate === undefined
          ? {}
          : {
              onPlainObject: (headers, belowBytes) =>
                directRequests?.grant(candidate, handled, transport.response, {
                  ...{ target: http.target, headers, belowBytes },
                }),
            }),
      });
      if (result.kind !== "watch" && result.kind !== "listStream")
        log("code" in result ? result.code : 200);
    } catch (error) {
      const refusal = error instanceof ApiError ? error : apiErrors.internal(error);
      const { flowHeaders } = request ?? {};
      this.#refuse(http, transport, refusal, { accepted, auditId, warnings, flowHeaders });
      log(refusal.code);
    }
  }

  async #watchUpgraded(
    transport: ConnectTransport & { kind: "upgrade" },
    session: WatchSession,
    log: (status: number) => void,
  ): Promise<void> {
    const forget = this.#options.onStop(() => session.end());
    session.onClosed(() => {
      forget();
      log(101);
    });
    transport.request.signal.addEventListener("abort", () => session.close(), { once: true });
    await watchOverWebSocket(transport, session);
  }

  #log(
    http: HttpRequest,
    auditId: string,
    begun: number,
    info: RequestInfo | undefined,
    status: number,
  ): void {
    const { method, target, connection } = http;
    const userAgent = headerOf(http, "user-agent");
    const logged = { info, method, target, userAgent, auditId, connection };
    this.#options.requestLog?.ended(begun, logged, status);
  }

  #refuse(
    http: HttpRequest,
    transport: ConnectTransport,
    refusal: ApiError,
    how: Omit<Parameters<typeof statusErrorResponse>[2], "pretty">,
  ): void {
    const pretty = isPretty(http, how.accepted);
    const rendered = statusErrorResponse(this.#options.codec, refusal, { ...how, pretty });
    if (transport.kind === "upgrade") {
      transport.socket.end(upgradeStatusError(rendered));
    } else if (!transport.response.headersSent) {
      sendStatusError(transport.response, rendered, http.method === "HEAD");
    } else {
      transport.response.abort();
    }
  }

  /** What the client accepts of the forms that there are. */
  #viewOf(
    http: HttpRequest,
    info: RequestInfo,
    accepted: Accepted | undefined,
  ): ServerRequest["view"] {
    const isBest = accepted?.format !== "protobuf" || accepted.as !== "object";
    const chosen =
      isBest || !this.#options.isJsonAlone(info)
        ? accepted
        : negotiateMediaType(headerOf(http, "accept"), true);
    return chosen === undefined ? undefined : { transport: "rest", accepted: chosen };
  }

  #serverRequest(
    http: HttpRequest,
    transport: ConnectTransport,
    accepted: Accepted | undefined,
    warnings: string[],
    grounds: GroundsRecord | undefined,
  ): ServerRequest {
    const { path, query } = splitTarget(http.target);
    const info = infoOf(http.method, path, query);
    const view = this.#viewOf(http, info, accepted);
    return {
      info,
      timeoutMilliseconds: timeoutOf(info, query),
      method: http.method,
      query,
      options: parseRequestOptions(query),
      view,
      contentType: mediaTypeOf(headerOf(http, "content-type")),
      userAgent: headerOf(http, "user-agent"),
      headers: http.headers,
      connection: http.connection,
      trustedUser: this.#options.trustedUser,
      knownUser: this.#options.knownUser,
      signal: () => http.signal,
      readBody: () => readBody(http),
      connectTransport: transport,
      takesSource:
        info.isResourceRequest &&
        (info.verb === "list" || info.verb === "watch") &&
        transport.kind === "http" &&
        accepted?.format !== "yaml" &&
        takesSource(http, transport.response, isPretty(http, accepted)),
      ...clientOf(http, transport),
      waitedMilliseconds: http.waitedMilliseconds,
      grounds,
      warnings,
    };
  }
}

/** What can be known of a client that takes its responses by and by. */
function clientOf(
  { method }: HttpRequest,
  transport: ConnectTransport,
): Pick<ServerRequest, "hold" | "room"> {
  if (transport.kind !== "http" || method === "HEAD") return {};
  const { response } = transport;
  if (response.hold === undefined) return {};
  return {
    hold: (bytes, onTaken) => response.hold?.(bytes, onTaken),
    room: (isLarge) => response.room?.(isLarge),
  };
}

function acceptedOf({ view }: ServerRequest): Accepted | undefined {
  return view?.transport === "rest" ? view.accepted : undefined;
}

function refuseUnwantedPeer({ refusal }: Connection): void {
  if (refusal === undefined) return;
  throw apiErrors.forbidden({ group: "", resource: "" }, "", refusal);
}

/**
 * Where nobody has to say who they are, a browser of this machine would speak for any page that it
 * shows. Pages of others are told by their origin; those that had their name point here, by the
 * name. Addresses, localhost and names without a dot are this machine's own.
 */
function refuseForeignPage(http: HttpRequest, anyHostName: boolean): void {
  const host = headerOf(http, "host") || headerOf(http, ":authority");
  const origin = headerOf(http, "origin");
  const name = host.replace(/:\d*$/, "").toLowerCase();
  const isOwn = name.startsWith("[") || isIpv4(name) || !name.includes(".");
  const isSame = origin === "" || origin.replace(/^https?:\/\//, "") === host;
  if ((anyHostName || isOwn || name.endsWith(".localhost")) && isSame) return;
  const why = isSame ? `it is not called ${name} here` : `not for pages of ${origin}`;
  const refusal = `this port serves programs of this machine by its address: ${why}`;
  throw apiErrors.forbidden({ group: "", resource: "" }, "", refusal);
}

function isIpv4(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
}

function splitTarget(target: string): { path: string; query: URLSearchParams | undefined } {
  const question = target.indexOf("?");
  if (question < 0) return { path: target, query: undefined };
  return {
    path: target.slice(0, question),
    query: new URLSearchParams(target.slice(question + 1)),
  };
}

/** None where nothing can be read in it: then nobody has looked at it yet. */
function readInfo({ method, target }: HttpRequest): RequestInfo | undefined {
  const { path, query } = splitTarget(target);
  try {
    return infoOf(method, path, query);
  } catch {
    return undefined;
  }
}

/** None where there is none, or what cannot be read: that is said when the request begins. */
function ownTimeoutOf(target: string): number {
  if (!target.includes("timeout=")) return 0;
  try {
    return parseDurationMilliseconds(splitTarget(target).query?.get("timeout") ?? "");
  } catch {
    return 0;
  }
}

function infoOf(method: string, path: string, query: URLSearchParams | undefined): RequestInfo {
  try {
    return parseRequestInfo(method, path, query);
  } catch (error) {
    throw error instanceof RequestInfoError ? noRequestInfo(path, error.message) : error;
  }
}

function headerOf(http: HttpRequest, name: string): string {
  const value = http.headers[name];
  return typeof value === "string" ? value : (value?.[0] ?? "");
}

function mediaTypeOf(contentType: string): string {
  const semicolon = contentType.indexOf(";");
  const mediaType = semicolon < 0 ? contentType : contentType.slice(0, semicolon);
  return mediaType.trim().toLowerCase();
}

/** What the client allows; watches and connections have times of their own. */
function timeoutOf(info: RequestInfo, query: URLSearchParams | undefined): number | undefined {
  const text = query?.get("timeout") ?? "";
  const lasts = info.isResourceRequest && (info.verb === "watch" || info.verb === "connect");
  if (text === "" || lasts) return undefined;
  try {
    return parseDurationMilliseconds(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw apiErrors.badRequest(`invalid timeout specified in the request URL - ${why}`);
  }
}

/** Asked for by Accept or ?pretty, or by a person's browser or curl, as upstream guesses. */
function isPretty(http: HttpRequest, accepted: Accepted | undefined): boolean {
  if (accepted?.pretty === true) return true;
  const asked = /[?&]pretty=([^&]*)/.exec(http.target);
  if (asked !== null) {
    return isTrue(asked[1]);
  }
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headerOf(http, "user-agent"));
}

function readBody(http: HttpRequest): MaybePromise<Uint8Array> {
  const body = http.readBody(maxBodyBytes);
  return body instanceof Promise ? body.catch(bodyError) : body;
}

function bodyError(error: unknown): never {
  if (error instanceof Error && "code" in error && error.code === "BODY_TOO_LARGE") {
    throw apiErrors.requestEntityTooLarge(`limit is ${maxBodyBytes}`);
  }
  throw apiErrors.badRequest(error instanceof Error ? error.message : String(error));
}

/** Queries may carry what does not belong in a log. */
function pathOf(http: HttpRequest): string {
  return http.target.split("?", 1)[0] ?? "";
}
