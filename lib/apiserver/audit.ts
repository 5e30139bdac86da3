import type { ApiError } from "../api/status.js";
import type { UserInfo } from "./identity.js";
import type { ServerRequest } from "./serverRequest.js";

/** Where audit records will be made: called for each request as it begins and as it ends. */
export interface AuditSink {
  /** `user` is whom the request acts as: another one than the requester who impersonates. */
  received(auditId: string, request: ServerRequest, user: UserInfo, requester: UserInfo): void;
  completed(
    auditId: string,
    request: ServerRequest,
    code: number,
    error: ApiError | undefined,
  ): void;
}
