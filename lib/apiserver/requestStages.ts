import { andThen, type MaybePromise } from "../api/maybePromise.js";
import { apiErrors } from "../api/status.js";
import { AuditAnnotations } from "./audit.js";
import { authenticateRequest } from "./authenticateRequest.js";
import { authorizeRequest } from "./authorizeRequest.js";
import type { Release } from "./flowControl.js";
import { type UserInfo, userLabel } from "./identity.js";
import { impersonateUser } from "./impersonateUser.js";
import type { RequestContext } from "./requestContext.js";
import type { RequestInfo } from "./requestInfo.js";
import type { AuthenticatedRequest, ServerRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";
import { type Stage, stageOf } from "./stages.js";

const stage = stageOf<RequestContext>();

/**
 * The way of every request, by whatever transport it came: REST, gRPC or in process. Stages run in
 * this order, each once. The first that throws ends the way: the seat is given back, metrics and
 * the audit sink hear of the Status error (pipeline.ts). docs/apiserver.md shows this list.
 */
export const requestStages: readonly Stage<RequestContext>[] = [
  stage({
    name: "receive",
    needs: [],
    gives: ["auditId", "countedAs"],
    errors: [],
    run(context) {
      if (context.services.audit !== undefined) beginAudit(context);
      context.countedAs = countedAs(context);
    },
  }),
  stage({
    name: "authenticate",
    needs: [],
    gives: ["requester"],
    errors: ["Unauthorized"],
    run(context) {
      const { request } = context;
      const { authentication, metrics, clock } = context.services;
      if (request.trustedUser !== undefined) return identify(context, request.trustedUser);
      const requester = metrics.authentication.measure(clock, "failure", "success", () =>
        authenticateRequest(authentication, request),
      );
      return andThen(requester, (user) => identify(context, user));
    },
  }),
  stage({
    name: "impersonate",
    needs: ["requester"],
    gives: ["user"],
    errors: ["BadRequest", "Forbidden"],
    run(context) {
      const { requester, request } = context;
      const impersonated = impersonateUser(context.services.authorizer, requester, request.headers);
      return andThen(impersonated, (user) => {
        context.user = user ?? requester;
      });
    },
  }),
  stage({
    name: "audit",
    needs: ["requester", "user"],
    gives: [],
    errors: [],
    run({ services, request, auditId, requester, user }) {
      services.audit?.received(auditId, request, user, requester);
    },
  }),
  stage({
    name: "flow control",
    needs: ["user"],
    gives: ["release"],
    errors: ["TooManyRequests"],
    run(context) {
      const { info } = context.request;
      // Connections last, and what they cost is not this server's work.
      if (info.isResourceRequest && info.verb === "connect") return;
      return andThen(enterWithRoom(context, context.user), (release) => {
        context.release = release;
      });
    },
  }),
  stage({
    name: "authorize",
    needs: ["requester", "user"],
    gives: [],
    errors: ["Forbidden"],
    run({ services, request, requester, user }) {
      // Whoever acts as somebody else may do what they may, also over the insecure port.
      if (request.trustedUser !== undefined && user === requester) {
        request.grounds?.trust();
        return;
      }
      const { metrics, clock, authorizer } = services;
      const deciding = metrics.authorization.measure(clock, "denied", "allowed", () =>
        authorizeRequest(authorizer, request.info, user),
      );
      return andThen(deciding, (decision) => {
        if (request.grounds !== undefined && user === requester) {
          request.grounds.decision = decision;
        }
      });
    },
  }),
  stage({
    name: "dispatch",
    needs: ["user"],
    gives: ["result"],
    // Also whatever a kubelet or a proxied server says, where the request was connected to one.
    errors: [
      ...(["BadRequest", "Forbidden", "NotFound", "MethodNotAllowed", "NotAcceptable"] as const),
      ...(["AlreadyExists", "Conflict", "Expired", "RequestEntityTooLarge"] as const),
      ...(["UnsupportedMediaType", "Invalid", "TooManyRequests", "ServerTimeout"] as const),
      ...(["ServiceUnavailable", "Timeout"] as const),
    ],
    run(context) {
      return andThen(dispatch(context, context.user), (result) => {
        context.result = result;
      });
    },
  }),
];

/** Groups and resources that nobody serves are the client's words: they become no labels. */
/** The event has an id, and collects what is noted of the request. */
function beginAudit(context: RequestContext): void {
  const { random, log } = context.services;
  if (context.auditId === "") context.auditId = random.uuid();
  const { auditId } = context;
  context.request.auditAnnotations = new AuditAnnotations((message) =>
    log(`audit event ${auditId}`, new Error(message)),
  );
}

function countedAs({ services, request }: RequestContext): RequestInfo {
  const { info } = request;
  const isUnknown =
    info.isResourceRequest &&
    services.registry.find(info.group, info.version, info.resource) === undefined;
  return isUnknown ? { isResourceRequest: false, verb: info.verb, path: "" } : info;
}

function identify(context: RequestContext, requester: UserInfo): void {
  context.services.metrics.authenticatedUsers.with(userLabel(requester.name)).increment();
  context.requester = requester;
  if (context.request.grounds !== undefined) context.request.grounds.requester = requester;
}

/**
 * Nothing is read for a client that takes nothing of what was read for it before: also where that
 * has come to be so while the request waited for its seat. It has none while it waits for that.
 */
function enterWithRoom(context: RequestContext, user: UserInfo): MaybePromise<Release> {
  return andThen(enterFlow(context, user), (release) => {
    const { request } = context;
    const room = reads(request) ? request.room?.(request.info.verb !== "get") : undefined;
    if (room === undefined) return release;
    release();
    return room.then(() => {
      if (request.signal().aborted) {
        throw request.passedDeadline ?? apiErrors.timeout("the client has gone");
      }
      return enterWithRoom(context, user);
    });
  });
}

/** Whether it begins with what may be large. */
function reads({ info, options }: ServerRequest): boolean {
  if (!info.isResourceRequest) return false;
  if (info.verb !== "watch") return info.verb === "get" || info.verb === "list";
  const { sendInitialEvents, resourceVersion } = options;
  return sendInitialEvents ?? (resourceVersion === "" || resourceVersion === "0");
}

function enterFlow({ services, request }: RequestContext, user: UserInfo): MaybePromise<Release> {
  const { info, method } = request;
  const rejected = (error: unknown): never => {
    services.metrics.observeTermination(info, method, 429);
    throw error;
  };
  try {
    const entered = services.flowControl.enter(request, user);
    return entered instanceof Promise ? entered.catch(rejected) : entered;
  } catch (error) {
    return rejected(error);
  }
}

function dispatch(
  { services, request }: RequestContext,
  user: UserInfo,
): MaybePromise<ServerResult> {
  // The same object with one more property: to copy every field would cost more than it is worth.
  const authenticated: AuthenticatedRequest = Object.assign(request, { user });
  const { info } = request;
  if (!info.isResourceRequest) return services.nonResource.handle(authenticated, info);
  return info.verb === "connect"
    ? services.connect.handle(authenticated, info)
    : services.registry.handle(authenticated, info);
}
