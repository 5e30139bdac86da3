import { formatDurationMilliseconds } from "../api/time.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Connection } from "../platform/network.js";
import type { RequestInfo } from "./requestInfo.js";

export interface LoggedRequest {
  readonly info: RequestInfo | undefined;
  /** HTTP's, or the gRPC service's. */
  readonly method: string;
  /** Path and query as they came, or the gRPC method's whole name. */
  readonly target: string;
  readonly userAgent: string;
  readonly auditId: string;
  readonly connection: Connection;
}

/**
 * Parameters of queries that are written out. Others may be anything: the command of an exec, what
 * an application behind a proxy takes, a token.
 */
const shownParameters: ReadonlySet<string> = new Set([
  ...[
    "allowWatchBookmarks",
    "dryRun",
    "exclude",
    "fieldManager",
    "fieldSelector",
    "fieldValidation",
  ],
  ...["force", "gracePeriodSeconds", "includeObject", "labelSelector", "limit", "orphanDependents"],
  ...[
    "pretty",
    "propagationPolicy",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
  ],
  ...["timeout", "timeoutSeconds", "verbose", "watch", "container", "follow", "previous"],
  ...["sinceSeconds", "sinceTime", "tailLines", "limitBytes", "timestamps"],
  "ignoreStoreReadErrorWithClusterBreakingPotential",
  ...["stdin", "stdout", "stderr", "tty", "ports"],
]);
/** Longer targets and agents are cut: a stranger writes them. */
const mostCharacters = 2_048;

const verbs: Readonly<Record<string, string>> = {
  list: "LIST",
  watch: "WATCH",
  deletecollection: "DELETECOLLECTION",
  connect: "CONNECT",
};

/**
 * `--v=3` and above: a line for each request when it is over, in upstream's shape. Never a header
 * beside the user agent, never a body.
 */
export class RequestLog {
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** To be given to ended(). */
  begun(): number {
    return this.#clock.monotonic();
  }

  /** The status is HTTP's; over gRPC that of the Status. */
  ended(begun: number, request: LoggedRequest, status: number): void {
    const { info, method, target, userAgent, auditId, connection } = request;
    const { remoteAddress, remotePort } = connection;
    const host = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
    this.#logger.info("HTTP", {
      verb: (info?.isResourceRequest ? verbs[info.verb] : undefined) ?? method,
      URI: cut(shownTarget(target)),
      latency: formatDurationMilliseconds(this.#clock.monotonic() - begun),
      userAgent: cut(userAgent),
      "audit-ID": cut(auditId),
      srcIP: `${host}:${remotePort}`,
      resp: status,
    });
  }
}

function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}

/** The target with what may be a secret left out. */
export function shownTarget(target: string): string {
  const question = target.indexOf("?");
  if (question < 0) return target;
  const parts = target
    .slice(question + 1)
    .split("&")
    .map((part) => {
      const [name = ""] = part.split("=", 1);
      if (shownParameters.has(name) || part === "") return part;
      // Without a value the name itself may be the secret, base64's padding or not.
      return /^=*$/.test(part.slice(name.length)) ? "…" : `${name}=…`;
    });
  return `${target.slice(0, question)}?${parts.join("&")}`;
}
