/** How Go's dialer tells of what Node tells in its own words: people and tools know those. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? "";

export const isTimeout = (error: unknown): boolean => codeOf(error) === "ETIMEDOUT";

/** OpenSSL's words for a server that answers TLS in plain text. */
export const isPlainTextResponse = (error: unknown): boolean =>
  ["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"].includes(
    codeOf(error),
  );

/** `host:port`, with brackets where the host is an IPv6 address. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** `dial tcp 10.1.0.2:80: connect: connection refused`. */
export function dialFailure(error: unknown, target: string): string {
  const code = codeOf(error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `dial tcp: lookup ${target.replace(/:\d+$/, "")}: no such host`;
  }
  if (code === "ECONNRESET") return "read: connection reset by peer";
  const reason = reasons[code];
  if (reason !== undefined) return `dial tcp ${target}: ${reason}`;
  return error instanceof Error ? error.message : String(error);
}
