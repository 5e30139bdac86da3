import { ApiError, apiErrors } from "../../api/status.js";

/** How Go's dialer tells of what Node tells in its own words: clients show it to people. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  ECONNRESET: "read: connection reset by peer",
};

/** `dial tcp 10.0.0.9:10250: connect: connection refused`. */
export function dialMessage(error: unknown, hostAndPort: string): string {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    const host = hostAndPort.replace(/:\d+$/, "");
    return `dial tcp: lookup ${host}: no such host`;
  }
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined ? message : `dial tcp ${hostAndPort}: ${reason}`;
}

/** An error without a reason, as upstream gives for what is none of its own errors. */
export function plainFailure(message: string): ApiError {
  const head = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" } as const;
  return new ApiError({ ...head, message, code: 500 });
}

/** What a kubelet's error for a log becomes. */
export function failedLog(code: number, text: string, name: string): ApiError {
  if (code === 500) return apiErrors.internal(new Error(text));
  if (code === 400) return apiErrors.badRequest(text);
  return apiErrors.ofResponse(code, "", { group: "", resource: "pods/log" }, name, text);
}
