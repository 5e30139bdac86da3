import type { Duplex } from "node:stream";
import { mediaTypes } from "../../api/mediaTypes.js";
import type { HttpResponse } from "../../platform/network.js";

/** A refusal of the kubelet's server: a line of text with its HTTP status. */
export class HttpError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return new HttpError(500, error instanceof Error ? error.message : String(error));
}

const plain = { "content-type": "text/plain; charset=utf-8" } as const;

export function sendText(response: HttpResponse, code: number, text: string): void {
  response.send(code, plain, text);
}

export function sendJson(response: HttpResponse, value: unknown): void {
  response.send(200, { "content-type": mediaTypes.json }, JSON.stringify(value));
}

/** Refuses an upgrade: HTTP/1.1, and the connection ends. */
export function refuseUpgrade(socket: Duplex, { code, message }: HttpError): void {
  const body = Buffer.from(message);
  const head = [
    `HTTP/1.1 ${code} ${code < 500 ? "Refused" : "Failed"}`,
    `content-type: ${plain["content-type"]}`,
    `content-length: ${body.length}`,
    "connection: close",
    "",
    "",
  ].join("\r\n");
  socket.end(Buffer.concat([Buffer.from(head), body]), () => socket.destroy());
}
