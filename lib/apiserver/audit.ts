import type { ApiError } from "../api/status.js";
import type { UserInfo } from "./identity.js";
import type { ServerRequest } from "./serverRequest.js";

/** Where audit records will be made: told of each request as it begins and as it ends. */
export interface AuditSink {
  received(auditId: string, request: ServerRequest, user: UserInfo | undefined): void;
  completed(
    auditId: string,
    request: ServerRequest,
    code: number,
    error: ApiError | undefined,
  ): void;
}
