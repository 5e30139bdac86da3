import { type FieldError, fieldErrors } from "../../api/fieldErrors.js";
import { apiErrors } from "../../api/status.js";
import { parseTime } from "../../api/time.js";
import { isTrue } from "../http/parseRequestInfo.js";

export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly insecureSkipTlsVerify: boolean;
  /** As the kubelet takes them. */
  readonly kubeletQuery: URLSearchParams;
}

/** How upstream writes the path of what is about no single option. */
const wholeOptions = "[]";
const atLeastZero = "must be greater than or equal to 0";
const aboveZero = "must be greater than 0";

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw apiErrors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

function checkStream(
  stream: string | null,
  tailLines: number | undefined,
  errors: FieldError[],
): void {
  if (stream === null) return;
  const supported = ["All", "Stderr", "Stdout"];
  if (stream === "") errors.push(fieldErrors.required("stream", "must be specified"));
  else if (!supported.includes(stream)) {
    errors.push(fieldErrors.notSupported("stream", stream, supported));
  } else if (tailLines !== undefined && stream !== "All") {
    const why = "`tailLines` and specific `stream` are mutually exclusive for now";
    errors.push(fieldErrors.forbidden(wholeOptions, why));
  }
}

/** Reads and checks PodLogOptions. Throws BadRequest or Invalid as upstream. */
export function parsePodLogOptions(name: string, query: URLSearchParams): PodLogOptions {
  const errors: FieldError[] = [];
  const tailLines = integer(query, "tailLines");
  const limitBytes = integer(query, "limitBytes");
  const sinceSeconds = integer(query, "sinceSeconds");
  const sinceTime = query.get("sinceTime") || undefined;
  const stream = query.get("stream");
  if (sinceTime !== undefined && parseTime(sinceTime) === undefined) {
    const shown = JSON.stringify(sinceTime);
    throw apiErrors.badRequest(
      `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`,
    );
  }
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(fieldErrors.invalid("tailLines", tailLines, atLeastZero));
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    errors.push(fieldErrors.invalid("limitBytes", limitBytes, aboveZero));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    const why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
    errors.push(fieldErrors.forbidden(wholeOptions, why));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(fieldErrors.invalid("sinceSeconds", sinceSeconds, aboveZero));
  }
  checkStream(stream, tailLines, errors);
  if (errors.length > 0) {
    throw apiErrors.invalid({ group: "", kind: "PodLogOptions" }, name, errors);
  }
  const kubeletQuery = new URLSearchParams();
  const pass = (parameter: string, value: string | number | undefined): void => {
    if (value !== undefined) kubeletQuery.set(parameter, String(value));
  };
  const follow = isTrue(query.get("follow"));
  for (const flag of ["follow", "previous", "timestamps"]) {
    if (isTrue(query.get(flag))) kubeletQuery.set(flag, "true");
  }
  pass("sinceSeconds", sinceSeconds);
  pass("sinceTime", sinceTime);
  pass("tailLines", tailLines);
  pass("limitBytes", limitBytes);
  if (stream !== null && stream !== "All") kubeletQuery.set("stream", stream);
  return {
    container: query.get("container") ?? "",
    follow,
    insecureSkipTlsVerify: isTrue(query.get("insecureSkipTLSVerifyBackend")),
    kubeletQuery,
  };
}
