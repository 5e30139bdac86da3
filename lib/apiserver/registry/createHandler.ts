import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { UserInfo } from "../identity.js";

export interface CreateHandlerContext {
  readonly user: UserInfo;
  readonly namespace: string;
  /** Of the parent for a subresource: the service account of serviceaccounts/token. */
  readonly name: string;
  readonly dryRun: boolean;
  /** Milliseconds since the epoch, by the platform's clock. */
  readonly now: number;
  warn(message: string): void;
}

/**
 * A resource that is computed and never stored: the reviews, and serviceaccounts/token.
 * The object that came has been decoded by its schema and has passed mutating admission;
 * what create returns is the response's object (201), encoded by its schema. Errors are thrown as
 * ApiError.
 */
export interface CreateHandler {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  create(object: ObjectTree, context: CreateHandlerContext): ObjectTree | Promise<ObjectTree>;
}
