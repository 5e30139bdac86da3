import { gzip } from "node:zlib";
import type { Headers, HttpRequest, HttpResponse, PipeEnd } from "../../platform/network.js";
import type { ListStream } from "../listStream.js";
import type { WatchSession } from "../registry/watchSession.js";
import type { ServerResult } from "../serverResult.js";
import { apiResponseHeaders } from "./apiResponseHeaders.js";
import { type Accepted, mediaTypeOf } from "./negotiateMediaType.js";
import { listFrame, renderList, renderObject } from "./renderResponse.js";

/** Answers larger than this are compressed where the client takes gzip, as upstream does. */
const gzipMinBytes = 128 * 1024;
/**
 * Speed before size: lists of objects repeat themselves, so that the first level finds most of
 * it.
 */
const gzipLevel = 1;

const gzipHeaders = { "content-encoding": "gzip", vary: "Accept-Encoding" } as const;

/** Larger answers go out in the pieces that they came in, as fast as the client reads. */
const streamMinBytes = 128 * 1024;

export interface SendContext {
  readonly http: HttpRequest;
  readonly response: HttpResponse;
  readonly accepted: Accepted | undefined;
  readonly auditId: string;
  readonly warnings: readonly string[];
  readonly pretty: boolean;
  /** Of flow control; absent where the request never came to it. */
  readonly flowHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * Called with the headers of a response that is one object as storage wrote it, and the size from
   * which another one would not be sent so.
   */
  readonly onPlainObject?: (headers: Headers, belowBytes: number) => void;
  /** Called when a list that passed by has been sent, or will not be. */
  readonly onListEnd?: (end: PipeEnd) => void;
  /** Called when a watch's stream is over. */
  readonly onWatchEnd?: () => void;
}

export async function sendResult(
  server: { readonly onStop: (callback: () => void) => () => void },
  result: Exclude<ServerResult, { kind: "sent" }>,
  context: SendContext,
): Promise<void> {
  const format = context.accepted?.format ?? "json";
  switch (result.kind) {
    case "object": {
      const parts = renderObject(result.bytes, format, context.pretty);
      const isPlain = format !== "yaml" && !context.pretty && context.accepted?.as !== "table";
      const { onPlainObject, warnings, auditId, flowHeaders } = context;
      if (onPlainObject !== undefined && isPlain && warnings.length === 0) {
        const headers = apiResponseHeaders(mediaTypeOf[format], auditId, warnings, flowHeaders);
        onPlainObject(headers, acceptsGzip(context.http) ? gzipMinBytes : Infinity);
      }
      await sendParts(context, result.code, mediaTypeOf[format], parts);
      return;
    }
    case "list": {
      const parts = renderList(result.header, result.chunks, format, context.pretty);
      await sendParts(context, 200, mediaTypeOf[format], parts);
      return;
    }
    case "listStream":
      pipeList(result.stream, context);
      return;
    case "document": {
      const { body, contentType, headers, code } = result;
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      await sendParts(context, code, contentType, [bytes], headers);
      return;
    }
    case "watch":
      runWatch(server, result.session, context);
      return;
  }
}

async function sendParts(
  context: SendContext,
  code: number,
  contentType: string,
  parts: readonly Uint8Array[],
  more?: Readonly<Record<string, string>>,
): Promise<void> {
  const { http, response, auditId, warnings, flowHeaders } = context;
  const headers = { ...apiResponseHeaders(contentType, auditId, warnings, flowHeaders), ...more };
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (http.method === "HEAD") {
    response.send(code, headers);
    return;
  }
  if (length >= gzipMinBytes && acceptsGzip(http) && headers["content-encoding"] === undefined) {
    const zipped = await gzipped(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    response.send(code, { ...headers, ...gzipHeaders }, zipped);
    return;
  }
  if (length < streamMinBytes) {
    response.send(code, headers, parts.length === 1 ? parts[0] : Buffer.concat(parts));
    return;
  }
  response.start(code, { ...headers, "content-length": String(length) });
  await writeParts(http, response, parts);
}

/**
 * A listener that holds responses gets all parts at once, so that nobody else keeps them meanwhile;
 * others get them as fast as the client reads. Gives up when the client goes.
 */
async function writeParts(
  http: HttpRequest,
  response: HttpResponse,
  parts: readonly Uint8Array[],
): Promise<void> {
  if (response.hold !== undefined) {
    for (const part of parts) response.write(part);
    response.end();
    return;
  }
  const { signal } = http;
  const gone = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  for (const part of parts) {
    if (signal.aborted) {
      return;
    }
    if (!response.write(part)) {
      await Promise.race([gone, new Promise<void>((resolve) => response.onDrain(resolve))]);
    }
  }
  response.end();
}

function acceptsGzip(http: HttpRequest): boolean {
  const accept = http.headers["accept-encoding"];
  return typeof accept === "string" && /(^|[\s,])gzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accept);
}

function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: gzipLevel }, (error, result) => {
      if (error === null) {
        resolve(result);
      } else {
        reject(error);
      }
    });
  });
}

/** Whether lists and watches may go to the client without passing through here. */
export function takesSource(http: HttpRequest, response: HttpResponse, pretty: boolean) {
  return response.pipe !== undefined && http.method === "GET" && !pretty;
}

/** Head and frame are said here; the items come from storage. */
function pipeList(stream: ListStream, context: SendContext): void {
  const { response, auditId, warnings, flowHeaders, accepted, onListEnd } = context;
  const format = accepted?.format === "protobuf" ? "protobuf" : "json";
  const gzip = acceptsGzip(context.http);
  stream.source.frame({ ...listFrame(stream.header, format), gzip });
  const headers = apiResponseHeaders(mediaTypeOf[format], auditId, warnings, flowHeaders);
  response.start(200, gzip ? { ...headers, ...gzipHeaders } : headers);
  const ended = (end: PipeEnd): void => {
    stream.ended(end);
    if (end.outcome === "done") response.end();
    else response.abort();
    onListEnd?.(end);
  };
  stream.onCut(() => response.abort());
  try {
    if (response.pipe === undefined) throw new Error("the listener sends no lists");
    response.pipe(stream.source, ended, { slow: () => stream.slow() });
  } catch (error) {
    ended({ outcome: "failed", count: 0, bytes: 0, message: String(error) });
  }
}

/** Streams until the watch, the client or the server ends. */
function runWatch(
  server: { readonly onStop: (callback: () => void) => () => void },
  session: WatchSession,
  context: SendContext,
): void {
  const { http, response, auditId, warnings, flowHeaders } = context;
  // Its seat is the session's to give back; what its client does not take is counted.
  response.hold?.(0, () => undefined);
  response.start(200, apiResponseHeaders(session.contentType, auditId, warnings, flowHeaders));
  const forget = server.onStop(() => session.end());
  session.onClosed(() => {
    forget();
    context.onWatchEnd?.();
  });
  http.signal.addEventListener("abort", () => session.close(), { once: true });
  session.start(response);
}
