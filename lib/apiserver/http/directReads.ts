import type { Clock } from "../../platform/clock.js";
import type { Headers, HttpRequest, HttpResponse } from "../../platform/network.js";
import type { DirectGets, Storage, Validity } from "../../storage/storage.js";
import type { Decision } from "../authorization/authorizer.js";
import type { FlowControl, HeaderGrounds } from "../flowControl.js";
import { type Grounds, GroundsRecord, joinGrounds, lasting } from "../grounds.js";
import { type UserInfo, userLabel } from "../identity.js";
import type { ApiServerMetrics } from "../metrics/apiServerMetrics.js";
import type { Registry } from "../registry/registry.js";
import { storageView } from "../registry/responseView.js";
import type { ServedResource } from "../registry/servedResource.js";
import type { ServerRequest } from "../serverRequest.js";

/** Without a word from the credentials, a grant is renewed after this. */
const longestMilliseconds = 600_000;

export interface DirectReadsOptions {
  readonly storage: Pick<Storage, "settledRevision">;
  readonly direct: DirectGets;
  readonly registry: Registry;
  readonly flowControl: Pick<FlowControl, "headerGrounds">;
  readonly metrics: ApiServerMetrics;
  readonly clock: Clock;
}

/** Where flow control sets no headers. */
const noHeaders: HeaderGrounds = { grounds: lasting, covers: "cluster" };

/** What one request may become the model of. */
interface Candidate {
  readonly record: GroundsRecord;
  readonly validity: Validity;
}

/**
 * Lets the listener serve a client's gets by itself, where the client has shown by one of them that
 * it may read such objects. A grant rests on what authentication and authorization looked at: when
 * an account, a pod that a token is bound to, or any role or binding changes, the next get is
 * decided here again, and so it is at once after the write that revokes has been acknowledged. Only
 * gets of one object without a query are granted, in a form that storage writes itself.
 */
export class DirectReads {
  readonly #options: DirectReadsOptions;
  #validity: Validity;

  constructor(options: DirectReadsOptions) {
    this.#options = options;
    this.#validity = options.direct.validity();
  }

  /** Everything granted so far ends: what is not in the store has changed. */
  endAll(): void {
    this.#validity.end();
    this.#validity = this.#options.direct.validity();
  }

  /** To be asked before anything is decided about the request. */
  candidateOf(http: HttpRequest, response: HttpResponse): Candidate | undefined {
    const isModel =
      http.repeatsHeaders === true &&
      http.method === "GET" &&
      response.grant !== undefined &&
      !http.target.includes("?");
    if (!isModel) return undefined;
    // What the caches know that decide about the request is not older.
    const settled = this.#options.storage.settledRevision();
    if (settled === undefined) return undefined;
    return { record: new GroundsRecord(settled), validity: this.#validity };
  }

  /** The request is about to be given one object as its response, with these headers. */
  grant(
    { record, validity }: Candidate,
    request: ServerRequest,
    response: HttpResponse,
    { headers, belowBytes }: { readonly headers: Headers; readonly belowBytes: number },
  ): void {
    const { registry, direct, metrics, clock } = this.#options;
    const { info } = request;
    const { requester, identity, decision, since } = record;
    if (!info.isResourceRequest || info.verb !== "get" || info.subresource !== "") return;
    if (requester === undefined || identity === undefined) return;
    if (decision?.grounds === undefined) return;
    const resource = registry.find(info.group, info.version, info.resource);
    if (resource?.keyPrefix === undefined) return;
    const flow = this.#headerGrounds(request, requester);
    if (flow === undefined) return;
    const where = pathsOf(resource, info.namespace, decision.covers, flow.covers);
    if (where === undefined) return;
    const grounds = joinGrounds(joinGrounds(identity, decision.grounds), flow.grounds);
    const view = storageView(request, resource);
    const { keyPrefix } = where;
    const { keys, prefixes } = grounds;
    const objects = direct.proven({ keyPrefix, view, keys, prefixes, since, validity });
    if (objects === undefined) return;
    const { "audit-id": _, ...kept } = headers;
    const username = userLabel(requester.name);
    const figures = metrics.figuresOf(info, request.method, username, direct);
    const milliseconds = lifetimeOf(grounds, clock.now());
    const tail = view.format === "json" ? "\n" : "";
    const form = { headers: kept, tail, belowBytes };
    response.grant?.({ ...where.paths, ...form, milliseconds, objects, figures });
  }

  #headerGrounds(request: ServerRequest, requester: UserInfo): HeaderGrounds | undefined {
    const { flowControl } = this.#options;
    return flowControl.headerGrounds === undefined
      ? noHeaders
      : flowControl.headerGrounds(request, requester);
  }
}

function lifetimeOf({ until }: Grounds, now: number): number {
  return Math.min(longestMilliseconds, (until ?? Infinity) - now);
}

/** Paths of gets with the same decision and headers, and what keys of their objects begin with. */
function pathsOf(
  resource: ServedResource,
  namespace: string,
  allowed: Decision["covers"],
  sameHeaders: HeaderGrounds["covers"],
) {
  if (allowed === undefined || resource.keyPrefix === undefined) return undefined;
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const version = `${root}/${resource.version}`;
  if (!resource.namespaced) {
    if (allowed !== "cluster") return undefined;
    const paths = { before: `${version}/${resource.resource}/` };
    return { paths, keyPrefix: resource.keyPrefix };
  }
  if (allowed === "cluster" && sameHeaders === "cluster") {
    const paths = { before: `${version}/namespaces/`, between: `/${resource.resource}/` };
    return { paths, keyPrefix: resource.keyPrefix };
  }
  const paths = { before: `${version}/namespaces/${namespace}/${resource.resource}/` };
  return { paths, keyPrefix: resource.prefix(namespace) };
}
