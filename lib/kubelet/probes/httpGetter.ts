import type { Container, HTTPGetAction } from "../../api/gen/types/coreV1.js";
import type { IntOrString } from "../../api/gen/types/intstr.js";
import type { HttpClient, HttpClientResponse } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { containerPort } from "./containerPort.js";
import { dialFailure, hostAndPort, isPlainTextResponse, isTimeout } from "./dialFailure.js";

/** Answers are read only so far, as upstream's. */
const maxBodyBytes = 10 * 1024;
const maxRedirects = 10;

export interface HttpGetResponse {
  readonly status: number;
  readonly body: string;
}

export interface HttpGetCall {
  readonly action: HTTPGetAction;
  readonly container: Container;
  readonly podIp: string;
  /** `probe` or `lifecycle`, for the User-Agent. */
  readonly purpose: "probe" | "lifecycle";
  readonly timeoutMilliseconds: number;
}

/** Nothing was answered, or not by HTTP; the message has Go's form, which people know. */
export class HttpGetError extends Error {
  /** The server spoke plain HTTP where TLS was asked for. */
  readonly isPlainTextResponse: boolean;
  constructor(message: string, isPlain: boolean) {
    super(message);
    this.name = "HttpGetError";
    this.isPlainTextResponse = isPlain;
  }
}

type HeaderList = Record<string, string | string[]>;

/**
 * The spec's headers over the defaults. A name that comes twice is sent twice; an empty Accept or
 * User-Agent takes the default away.
 */
function headersOf(action: HTTPGetAction, purpose: string): HeaderList {
  const given: Record<string, string[]> = {};
  for (const { name, value } of action.httpHeaders ?? []) {
    const key = name.toLowerCase();
    given[key] = [...(given[key] ?? []), value ?? ""];
  }
  const headers: HeaderList = { "user-agent": `kube-${purpose}/1.37`, accept: "*/*", ...given };
  for (const name of ["accept", "user-agent"]) {
    if (given[name]?.[0] === "") delete headers[name];
  }
  // There is one host only, and none where it is empty: then the URL's counts.
  const [host] = given.host ?? [];
  if (host) headers.host = host;
  else delete headers.host;
  return { ...headers, connection: "close" };
}

function targetOf(action: HTTPGetAction, container: Container, podIp: string): URL {
  const host = action.host || podIp;
  if (host === "") throw new Error("the pod has no address");
  const scheme = (action.scheme || "HTTP").toLowerCase();
  const path = action.path ?? "";
  const port = containerPort(action.port as IntOrString, container);
  return new URL(
    `${scheme}://${hostAndPort(host, port)}${path.startsWith("/") ? path : `/${path}`}`,
  );
}

/** Requests that httpGet probes and hooks make: never trusting, never keeping a connection. */
export class HttpGetter {
  readonly #client: HttpClient;
  readonly #clock: Platform["clock"];

  constructor(platform: Pick<Platform, "clock" | "network">) {
    this.#client = platform.network.httpClient();
    this.#clock = platform.clock;
  }

  /**
   * Follows redirects that stay on the host; another host's is not asked, and the redirect itself
   * is the response. Rejects with HttpGetError, or with an Error where the spec names no port.
   */
  async get(call: HttpGetCall): Promise<HttpGetResponse> {
    const first = targetOf(call.action, call.container, call.podIp);
    const headers = headersOf(call.action, call.purpose);
    const end = this.#clock.monotonic() + call.timeoutMilliseconds;
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#ask(url, headers, Math.max(end - this.#clock.monotonic(), 1));
      const next = redirectOf(answer, url);
      if (next === undefined || next.hostname !== first.hostname) {
        return { status: answer.status, body: await readBody(answer) };
      }
      answer.body.destroy();
      if (redirects === maxRedirects - 1) {
        throw new HttpGetError(`Get "${next}": stopped after 10 redirects`, false);
      }
      url = next;
      // The spec's host was for the first address: Go keeps it for a relative redirect only.
      if (String(answer.headers.location).includes("://")) delete headers.host;
    }
  }

  async #ask(
    url: URL,
    headers: HeaderList,
    timeoutMilliseconds: number,
  ): Promise<HttpClientResponse> {
    try {
      return await this.#client.call({
        url: url.href,
        headers,
        tls: { insecureSkipVerify: true },
        isLenient: true,
        timeoutMilliseconds,
      });
    } catch (error) {
      const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
      const why = isTimeout(error)
        ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        : isPlainTextResponse(error)
          ? "http: server gave HTTP response to HTTPS client"
          : dialFailure(error, `${url.hostname}:${port}`);
      throw new HttpGetError(`Get "${url}": ${why}`, isPlainTextResponse(error));
    }
  }

  close(): void {
    this.#client.close();
  }
}

function redirectOf(answer: HttpClientResponse, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  const { location } = answer.headers;
  if (typeof location !== "string" || location === "") return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
}

async function readBody(answer: HttpClientResponse): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length >= maxBodyBytes) break;
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HttpGetError(`the answer broke off: ${why}`, false);
  } finally {
    answer.body.destroy();
  }
  return Buffer.concat(parts).subarray(0, maxBodyBytes).toString("utf8");
}
