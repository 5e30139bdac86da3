import { parseInt64 } from "../api/int64.js";
import { apiErrors } from "../api/status.js";
import { isTrue } from "./http/parseRequestInfo.js";

/**
 * Everything that ListOptions, GetOptions, CreateOptions, UpdateOptions, PatchOptions and
 * DeleteOptions carry in a query. REST reads them from the URL, gRPC from its request messages.
 */
export interface RequestOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly timeoutSeconds: number | undefined;
  /** 0 is no limit. */
  readonly limit: number;
  readonly continue: string;
  readonly dryRun: readonly string[];
  readonly fieldManager: string;
  readonly fieldValidation: string;
  readonly force: boolean | undefined;
  readonly pretty: boolean | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: string | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly ignoreStoreReadErrorWithClusterBreakingPotential: boolean | undefined;
  /** Of Table: Metadata (default), Object or None. */
  readonly includeObject: string;
}

export const noOptions: RequestOptions = {
  labelSelector: "",
  fieldSelector: "",
  watch: false,
  allowWatchBookmarks: false,
  sendInitialEvents: undefined,
  resourceVersion: "",
  resourceVersionMatch: "",
  timeoutSeconds: undefined,
  limit: 0,
  continue: "",
  dryRun: [],
  fieldManager: "",
  fieldValidation: "",
  force: undefined,
  pretty: undefined,
  gracePeriodSeconds: undefined,
  propagationPolicy: undefined,
  orphanDependents: undefined,
  ignoreStoreReadErrorWithClusterBreakingPotential: undefined,
  includeObject: "",
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Unknown parameters are ignored, as upstream does; a malformed number is a BadRequest. */
export function parseRequestOptions(query: URLSearchParams | undefined): RequestOptions {
  if (query === undefined) {
    return noOptions;
  }
  const options: Mutable<RequestOptions> = { ...noOptions };
  const seen = new Set<string>();
  for (const [name, value] of query) {
    if (name === "dryRun") {
      options.dryRun = [...options.dryRun, value];
    } else if (!seen.has(name)) {
      seen.add(name);
      setOption(options, name, value);
    }
  }
  return options;
}

function setOption(options: Mutable<RequestOptions>, name: string, value: string): void {
  switch (name) {
    case "labelSelector":
    case "fieldSelector":
    case "resourceVersion":
    case "resourceVersionMatch":
    case "continue":
    case "fieldManager":
    case "fieldValidation":
    case "includeObject":
      options[name] = value;
      break;
    case "propagationPolicy":
      options.propagationPolicy = value === "" ? undefined : value;
      break;
    case "watch":
    case "allowWatchBookmarks":
    case "sendInitialEvents":
    case "force":
    case "pretty":
    case "orphanDependents":
    case "ignoreStoreReadErrorWithClusterBreakingPotential":
      options[name] = isTrue(value);
      break;
    case "timeoutSeconds":
    case "gracePeriodSeconds":
      options[name] = parseInteger(value);
      break;
    case "limit":
      options.limit = parseInteger(value) ?? 0;
      break;
    default:
      break;
  }
}

function parseInteger(value: string): number | undefined {
  if (value === "") {
    return undefined;
  }
  if (!/^[+-]?\d+$/.test(value)) {
    throw apiErrors.badRequest(
      `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`,
    );
  }
  const number = parseInt64(value);
  if (number === undefined) {
    throw apiErrors.badRequest(
      `strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`,
    );
  }
  // Beyond what is counted exactly, a limit and a timeout are none alike.
  const largest = Number.MAX_SAFE_INTEGER;
  return Math.max(-largest, Math.min(Number(number), largest));
}
