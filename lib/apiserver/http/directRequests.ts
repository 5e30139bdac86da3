import type { Clock } from "../../platform/clock.js";
import type {
  Connection,
  Headers,
  HttpRequest,
  HttpResponse,
  WritesGrant,
} from "../../platform/network.js";
import type { DirectGets, Storage, Validity, View } from "../../storage/storage.js";
import type { Decision } from "../authorization/authorizer.js";
import type { FlowControl, HeaderGrounds } from "../flowControl.js";
import { type Grounds, GroundsRecord, joinGrounds, lasting, type WriteRecord } from "../grounds.js";
import { type UserInfo, userLabel } from "../identity.js";
import type { ApiServerMetrics } from "../metrics/apiServerMetrics.js";
import type { Registry } from "../registry/registry.js";
import { storageView } from "../registry/responseView.js";
import type { ServedResource } from "../registry/servedResource.js";
import type { ResourceRequestInfo } from "../requestInfo.js";
import type { ServerRequest } from "../serverRequest.js";

/** Without a word from the credentials, a grant is renewed after this. */
const longestMilliseconds = 600_000;

export interface DirectRequestsOptions {
  readonly storage: Pick<Storage, "settledRevision">;
  readonly direct: DirectGets;
  readonly registry: Registry;
  readonly flowControl: Pick<FlowControl, "headerGrounds">;
  readonly metrics: ApiServerMetrics;
  readonly clock: Clock;
}

/** Where flow control sets no headers. */
const noHeaders: HeaderGrounds = { grounds: lasting, covers: "cluster" };

/** Targets of writes that one connection is known by: its last ones. */
const knownTargets = 8;
/** Longer ones are kept for nobody: who sends them is not known yet. */
const longestTarget = 512;
const status = "/status";
const binding = "/binding";

/** What one request may become the model of. */
interface Candidate {
  readonly record: GroundsRecord;
  readonly validity: Validity;
}

interface Terms {
  readonly grounds: Grounds;
  readonly flow: HeaderGrounds;
  readonly username: string;
}

/**
 * Lets the listener serve a client's gets and writes by itself, where the client has shown by one
 * of them that it may. A grant rests on what authentication, authorization, flow control and
 * admission looked at: when an account, a pod that a token is bound to, any role or binding, or
 * any quota changes, the next request is decided here again, and so it is at once after the write
 * that revokes has been acknowledged. Of gets only those of one object without a query are
 * granted, in a form that storage writes itself; of writes those of plain objects (see
 * recordWrite): creations to the same path and query; updates of objects and of their status, and
 * bindings, under the same path.
 */
export class DirectRequests {
  readonly #options: DirectRequestsOptions;
  #validity: Validity;
  /** What a connection has written to. */
  readonly #targets = new WeakMap<Connection, string[]>();

  constructor(options: DirectRequestsOptions) {
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
    if (http.repeatsHeaders !== true || response.grant === undefined) return undefined;
    // Its own id comes back with each response.
    if (http.headers["audit-id"] !== undefined) return undefined;
    const isModel =
      http.method === "GET" ? !http.target.includes("?") : this.#writesAgain(http, response);
    if (!isModel) return undefined;
    // What the caches know that decide about the request is not older.
    const settled = this.#options.storage.settledRevision();
    if (settled === undefined) return undefined;
    return { record: new GroundsRecord(settled), validity: this.#validity };
  }

  /** To make a grant costs as much as a write: it is for who writes more than once. */
  #writesAgain({ method, target, connection }: HttpRequest, response: HttpResponse): boolean {
    if (response.grantWrites === undefined || target.length > longestTarget) return false;
    const place = placeOf(method, target);
    if (place === undefined) return false;
    const key = `${method} ${place.target} ${place.after ?? ""}`;
    const known = this.#targets.get(connection);
    if (known?.includes(key) === true) return true;
    this.#targets.set(connection, [key, ...(known ?? []).slice(0, knownTargets - 1)]);
    return false;
  }

  /** The request is about to be given one object as its response, with these headers. */
  grant(
    candidate: Candidate,
    request: ServerRequest,
    response: HttpResponse,
    given: {
      readonly target: string;
      readonly headers: Headers;
      /** From this size on an object is not sent so. */
      readonly belowBytes: number;
    },
  ): void {
    const { info } = request;
    if (!info.isResourceRequest) return;
    if (candidate.record.write !== undefined) {
      this.#grantWrites(candidate, candidate.record.write, request, response, given);
    } else if (info.verb === "get" && info.subresource === "") {
      this.#grantGets(candidate, request, info, response, given);
    }
  }

  #grantGets(
    { record, validity }: Candidate,
    request: ServerRequest,
    info: ResourceRequestInfo,
    response: HttpResponse,
    { headers, belowBytes }: { readonly headers: Headers; readonly belowBytes: number },
  ): void {
    const { registry, direct, metrics, clock } = this.#options;
    const { since, decision } = record;
    const terms = this.#terms(record, request);
    const resource = registry.find(info.group, info.version, info.resource);
    if (terms === undefined || resource?.keyPrefix === undefined) return;
    const { grounds, flow, username } = terms;
    const where = pathsOf(resource, info.namespace, decision?.covers, flow.covers);
    if (where === undefined) return;
    const view = storageView(request, resource);
    const { keyPrefix } = where;
    const objects = direct.proven({ keyPrefix, view, ...grounds, since, validity });
    if (objects === undefined) return;
    const figures = metrics.figuresOf(info, request.method, username, direct);
    const milliseconds = lifetimeOf(grounds, clock.now());
    const form = { headers: kept(headers), tail: tailOf(view), belowBytes };
    response.grant?.({ ...where.paths, ...form, milliseconds, objects, figures });
  }

  #grantWrites(
    { record, validity }: Candidate,
    { keyPrefix, view, admission, likeness, body, lend }: WriteRecord,
    request: ServerRequest,
    response: HttpResponse,
    given: { readonly target: string; readonly headers: Headers; readonly belowBytes: number },
  ): void {
    const { target, headers, belowBytes } = given;
    const { registry, direct, metrics, clock } = this.#options;
    const known = this.#terms(record, request);
    const { info } = request;
    const place = info.isResourceRequest ? placeIn(registry, info, target) : undefined;
    if (known === undefined || place === undefined) return;
    // What is allowed of one name is not of others.
    if (place.after !== undefined && record.decision?.covers === undefined) return;
    const { flow, username } = known;
    // A deadline of its own is kept here.
    if (flow.lend === undefined || request.timeoutMilliseconds !== undefined) return;
    const lease = lend?.();
    if (lend !== undefined && lease === undefined) return;
    const held = lease === undefined ? lasting : { ...lasting, until: lease.until };
    const grounds = joinGrounds(joinGrounds(known.grounds, admission), held);
    const { since } = record;
    const terms = { keyPrefix, view, ...grounds, since, validity };
    const writes = direct.writes({ ...terms, likeness, body, lease });
    if (writes === undefined) {
      lease?.giveBack();
      return;
    }
    const code = place.method === "POST" ? 201 : 200;
    const figures = metrics.figuresOf(request.info, request.method, username, direct, code);
    response.grantWrites?.({
      ...place,
      headers: kept(headers),
      tail: tailOf(view),
      compressedFrom: belowBytes,
      milliseconds: lifetimeOf(grounds, clock.now()),
      writes,
      figures,
      seats: flow.lend(() => direct.seats()),
    });
  }

  /** What it rests on that this requester may make such a request. Undefined: nothing known. */
  #terms(record: GroundsRecord, request: ServerRequest): Terms | undefined {
    const { requester, identity, decision } = record;
    if (requester === undefined || identity === undefined) return undefined;
    if (decision?.grounds === undefined) return undefined;
    const flow = this.#headerGrounds(request, requester);
    if (flow === undefined) return undefined;
    const grounds = joinGrounds(joinGrounds(identity, decision.grounds), flow.grounds);
    return { grounds, flow, username: userLabel(requester.name) };
  }

  #headerGrounds(request: ServerRequest, requester: UserInfo): HeaderGrounds | undefined {
    const { flowControl } = this.#options;
    return flowControl.headerGrounds === undefined
      ? noHeaders
      : flowControl.headerGrounds(request, requester);
  }
}

/**
 * As placeOf, of what the target has been understood as: undefined where it is written in another
 * way than that.
 */
function placeIn(registry: Registry, info: ResourceRequestInfo, target: string): Place | undefined {
  const method = info.verb === "create" ? "POST" : "PUT";
  if (info.verb === "create" && info.subresource === "") return { method, target };
  const resource = registry.find(info.group, info.version, info.resource);
  const isNamed = info.verb === "update" || info.subresource === binding.slice(1);
  if (resource === undefined || !isNamed) return undefined;
  const before = `${collectionPath(resource, info.namespace)}/`;
  const after = info.subresource === "" ? "" : `/${info.subresource}`;
  const path = `${before}${info.name}${after}`;
  const query = target.slice(path.length);
  const isSo = target.startsWith(path) && (query === "" || query.startsWith("?"));
  return isSo ? { method, target: before, after: `${after}${query}` } : undefined;
}

function versionPath({ group, version }: ServedResource): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

function collectionPath(resource: ServedResource, namespace: string): string {
  const scope = resource.namespaced ? `/namespaces/${namespace}` : "";
  return `${versionPath(resource)}${scope}/${resource.resource}`;
}

type Place = Pick<WritesGrant, "method" | "target" | "after">;

/** What targets of writes like this one have in common, as far as it is known before that. */
function placeOf(method: string, target: string): Place | undefined {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  if (method === "POST") {
    return path.endsWith(binding) ? named(method, target, path, binding) : { method, target };
  }
  if (method !== "PUT") return undefined;
  return named(method, target, path, path.endsWith(status) ? status : "");
}

function named(method: Place["method"], target: string, path: string, ending: string): Place {
  const end = path.length - ending.length;
  const before = path.lastIndexOf("/", end - 1) + 1;
  return { method, target: target.slice(0, before), after: target.slice(end) };
}

/** Each response has an id of its own. */
function kept({ "audit-id": _, ...headers }: Headers): Headers {
  return headers;
}

function tailOf({ format }: View): string {
  return format === "json" ? "\n" : "";
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
  const paths = { before: `${collectionPath(resource, namespace)}/` };
  if (!resource.namespaced) {
    return allowed === "cluster" ? { paths, keyPrefix: resource.keyPrefix } : undefined;
  }
  if (allowed === "cluster" && sameHeaders === "cluster") {
    const before = `${versionPath(resource)}/namespaces/`;
    const between = `/${resource.resource}/`;
    return { paths: { before, between }, keyPrefix: resource.keyPrefix };
  }
  return { paths, keyPrefix: resource.prefix(namespace) };
}
