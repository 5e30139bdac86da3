import type { HttpClientResponse } from "../platform/network.js";
import type { FollowOptions, LogOptions } from "./resourceClient.js";
import type { PodPath } from "./streams/podStreams.js";
import type { Transport } from "./transport.js";
import { errorOfResponse } from "./transportClient.js";

const parameters = [
  ...["container", "previous", "tailLines", "limitBytes", "sinceSeconds", "timestamps"],
  "follow",
] as const satisfies readonly string[];
const maxErrorBytes = 64 * 1024;
/** A longer line comes in pieces. */
const maxLineLength = 1024 * 1024;

async function ask(
  transport: Transport,
  { namespace, name }: PodPath,
  options: FollowOptions,
): Promise<HttpClientResponse> {
  const query = new URLSearchParams();
  for (const key of parameters) {
    const value = options[key as keyof FollowOptions];
    if (value !== undefined) query.set(key, String(value));
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const { signal, timeoutMilliseconds } = options;
  const answer = await transport.raw({
    path: `${path}/log?${query}`,
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  const text = Buffer.from(await answer.readAll(maxErrorBytes)).toString("utf8");
  throw errorOfResponse(answer.status, "get", { group: "", resource: "pods" }, name, text);
}

/** A container's log as text. Rejects with ApiError where there is none. */
export async function readLog(
  transport: Transport,
  pod: () => PodPath,
  options: LogOptions,
): Promise<string> {
  const answer = await ask(transport, pod(), options);
  return Buffer.from(await answer.readAll()).toString("utf8");
}

/** Its lines as they come. */
export async function* readLogLines(
  transport: Transport,
  pod: () => PodPath,
  options: FollowOptions,
): AsyncIterable<string> {
  const answer = await ask(transport, pod(), options);
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const part of answer.body as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (rest.length < maxLineLength) continue;
      yield rest;
      rest = "";
    }
    if (rest !== "") yield rest;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    answer.body.destroy();
  }
}
