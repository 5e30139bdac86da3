import type { ApiError } from "../../api/status.js";
import { apiErrors } from "../../api/status.js";
import type { Clock } from "../../platform/clock.js";
import type {
  Headers,
  HttpClient,
  HttpClientResponse,
  HttpRequest,
  TlsClientOptions,
} from "../../platform/network.js";
import { joinStreams } from "../../platform/streaming/streamCopy.js";
import type { ConnectTransport } from "../connect.js";
import { dialMessage, plainFailure } from "./backendErrors.js";
import {
  forwardedHeaders,
  type ProxiedRoot,
  responseHeaders,
  rewriteHtml,
  rewriteLink,
} from "./proxyRewriting.js";
import { withResponseLimit } from "./responseLimit.js";

export interface Backend {
  readonly scheme: "http" | "https";
  /** `host:port`. */
  readonly hostAndPort: string;
  /** Path and query. */
  readonly target: string;
  readonly tls?: TlsClientOptions;
}

export const urlOf = ({ scheme, hostAndPort, target }: Backend): string =>
  `${scheme}://${hostAndPort}${target}`;

const protocolHeader = "x-stream-protocol-version";
/** Only pages up to this size have their links rewritten; larger ones pass as they are. */
const maxRewrittenBytes = 4 * 1024 * 1024;

/** Node joins what came as several headers; the peers expect several. */
function separated(headers: Record<string, string | readonly string[]>) {
  const protocols = headers[protocolHeader];
  if (typeof protocols !== "string") return headers;
  return { ...headers, [protocolHeader]: protocols.split(",").map((one) => one.trim()) };
}

/** Whom the request came through, and from whom at last. */
function forwardedFor({ headers, connection }: HttpRequest): string {
  const known = headers["x-forwarded-for"];
  return [...(known === undefined ? [] : [known]), connection.remoteAddress].join(", ");
}

/** Carries one request to a backend and its response back, with back pressure both ways. */
export class BackendCall {
  readonly #http: HttpClient;
  readonly #clock: Clock;

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /**
   * An upgrade: once the backend has agreed, the bytes of both sides pass as they are. Another
   * response is passed on. Rejects with an ApiError where the backend cannot be reached.
   */
  async upgrade(
    transport: ConnectTransport & { kind: "upgrade" },
    backend: Backend,
    failure: (why: string) => ApiError = (why) => plainFailure(`error dialing backend: ${why}`),
  ): Promise<void> {
    const { request, socket, head } = transport;
    const headers = {
      ...separated(forwardedHeaders(request.headers, true)),
      // As it came: a protocol may have headers of its own named in it, as HTTP2-Settings is.
      connection: request.headers.connection ?? "Upgrade",
      "x-forwarded-for": forwardedFor(request),
    };
    let answer: Awaited<ReturnType<HttpClient["upgrade"]>>;
    try {
      answer = await withResponseLimit(this.#clock, request.signal, (signal) =>
        this.#http.upgrade({
          url: urlOf(backend),
          method: request.method,
          headers,
          signal,
          ...(backend.tls ? { tls: backend.tls } : {}),
        }),
      );
    } catch (error) {
      throw failure(dialMessage(error, backend.hostAndPort));
    }
    if (!answer.upgraded) {
      const { status } = answer.answer;
      if (status < 400) {
        answer.answer.body.destroy();
        throw plainFailure(`invalid upgrade response: status code ${status}`);
      }
      await sendFailure(transport, answer.answer);
      return;
    }
    if (socket.destroyed) {
      answer.socket.destroy();
      return;
    }
    socket.write(headText("101 Switching Protocols", answer.headers));
    await joinStreams(socket, answer.socket, { one: head, other: answer.head });
  }

  /** Rejects with an ApiError where the backend cannot be reached. */
  async pass(
    transport: ConnectTransport & { kind: "http" },
    backend: Backend,
    root: ProxiedRoot,
  ): Promise<void> {
    const { request, response } = transport;
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const { connection } = request;
    const headers = {
      ...forwardedHeaders(request.headers, false),
      "x-forwarded-for": forwardedFor(request),
      "x-forwarded-host": String(request.headers.host ?? request.headers[":authority"] ?? ""),
      "x-forwarded-proto": connection.secure ? "https" : "http",
      "x-forwarded-uri": `${root.prefix}${backend.target.split("?")[0]}`,
    };
    let answer: HttpClientResponse;
    try {
      answer = await this.#http.call({
        url: urlOf(backend),
        method: request.method,
        headers,
        signal: request.signal,
        isLenient: true,
        ...(hasBody ? { body: request.body } : {}),
        ...(backend.tls ? { tls: backend.tls } : {}),
      });
    } catch (error) {
      const why = dialMessage(error, backend.hostAndPort);
      throw apiErrors.serviceUnavailable(`error trying to reach service: ${why}`);
    }
    const answered = responseHeaders(answer.headers);
    const { location } = answered;
    if (typeof location === "string") answered.location = rewriteLink(location, root);
    if (await rewritePage(transport, answer, answered, root)) return;
    response.start(answer.status, answered);
    await copyResponse(answer, transport);
  }
}

/** Sends what a backend responds as it comes, at the client's pace. Resolves when it is over. */
export async function copyResponse(
  answer: HttpClientResponse,
  { request, response }: ConnectTransport & { kind: "http" },
): Promise<void> {
  const { signal } = request;
  const stop = (): void => {
    answer.body.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const bytes of answer.body as AsyncIterable<Buffer>) {
      if (signal.aborted) break;
      if (response.write(bytes)) continue;
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        response.onDrain(resolve);
      });
    }
    response.end();
  } catch {
    response.abort();
  } finally {
    signal.removeEventListener("abort", stop);
    answer.body.destroy();
  }
}

/** True where the response was an HTML page, which then has been sent. */
async function rewritePage(
  { response }: ConnectTransport & { kind: "http" },
  answer: HttpClientResponse,
  headers: Record<string, string | readonly string[]>,
  root: ProxiedRoot,
): Promise<boolean> {
  const type = String(headers["content-type"] ?? "");
  const length = Number(headers["content-length"] ?? Number.NaN);
  const isPlain = headers["content-encoding"] === undefined;
  if (!type.startsWith("text/html") || !isPlain || !(length <= maxRewrittenBytes)) return false;
  const page = Buffer.from(await answer.readAll(maxRewrittenBytes)).toString("utf8");
  delete headers["content-length"];
  response.send(answer.status, headers, rewriteHtml(page, root));
  return true;
}

function headText(status: string, headers: Headers): string {
  const lines = [`HTTP/1.1 ${status}`];
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === "string" ? [value] : (value ?? [])) {
      lines.push(`${name}: ${one}`);
    }
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const maxErrorBytes = 1024 * 1024;

/** A backend that does not upgrade has said why: the client reads it, and the connection ends. */
async function sendFailure(
  { socket }: ConnectTransport & { kind: "upgrade" },
  answer: HttpClientResponse,
): Promise<void> {
  const body = await answer.readAll(maxErrorBytes);
  const headers = {
    ...responseHeaders(answer.headers),
    "content-length": String(body.length),
    connection: "close",
  };
  const text = headText(`${answer.status} Refused`, headers);
  socket.end(Buffer.concat([Buffer.from(text), body]), () => socket.destroy());
}
