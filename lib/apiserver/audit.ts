import { isQualifiedName } from "../api/names.js";
import type { ApiError } from "../api/status.js";
import type { UserInfo } from "./identity.js";
import type { ServerRequest } from "./serverRequest.js";

/**
 * Where audit records will be made: called for each request as it begins and as it ends. What
 * admission and others have noted of it by then is `request.auditAnnotations`.
 */
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

/**
 * The annotations of one request's audit event, by keys of the form `plugin/key`, where the plugin
 * is a DNS subdomain. What is noted first stays: another value for the same key is told to `warn`,
 * as upstream logs it. Bounded by what plugins of admission note.
 */
export class AuditAnnotations {
  readonly #values = new Map<string, string>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Throws for a key of another form: that is the plugin's fault. */
  add(key: string, value: string): void {
    if (!key.includes("/") || isQualifiedName(key).length > 0) {
      throw new Error(`the key of an audit annotation is no plugin/key: ${JSON.stringify(key)}`);
    }
    const kept = this.#values.get(key);
    if (kept === undefined) this.#values.set(key, value);
    else if (kept !== value) {
      const texts = [key, value, kept].map((text) => JSON.stringify(text));
      this.#warn(`audit annotation ${texts[0]} is not set to ${texts[1]}: it is ${texts[2]}`);
    }
  }

  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }
}
