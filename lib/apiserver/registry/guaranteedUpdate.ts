import { andThen, ensuring, type MaybePromise, orElse } from "../../api/maybePromise.js";
import { apiErrors } from "../../api/status.js";
import type { StoredValue } from "../../storage/storage.js";
import type { ServerRequest } from "../serverRequest.js";
import type { Ticket } from "./keyedMutex.js";
import { refuseLateWrite } from "./lateWrite.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { isClaimLost } from "./writeClaims.js";
import { WriteHooks } from "./writeHooks.js";
import { type NewValue, writeVersion } from "./writeVersion.js";

/** Attempts of one write: from the second one on its key is locked, so that few are needed. */
const maxAttempts = 200;

/** What is to become of the version that was read. */
export interface Proposal<T> {
  /** Absent: nothing changes, or nothing may. */
  readonly write?: NewValue;
  /** Called with the revision that was written; without a write, with the one that was read. */
  readonly result: (resourceVersion: string) => MaybePromise<T>;
  /** Whether hooks are to take the write for committed; absent: each that was stored. */
  readonly isCommitted?: (value: T) => boolean;
}

/** One attempt, from the version that it has read. */
export class Attempt {
  /** Undefined where there is no object. */
  readonly stored: StoredValue | undefined;
  /** They run once, when it is known whether this attempt's write was stored. */
  readonly hooks = new WriteHooks();
  committed = false;
  readonly #ticket: Ticket | undefined;

  constructor(stored: StoredValue | undefined, ticket: Ticket | undefined) {
    this.stored = stored;
    this.#ticket = ticket;
  }

  /** Releases the key, for others who write it meanwhile: nobody waits for itself. */
  unlock(): void {
    this.#ticket?.release();
  }
}

/** One write of one object, as often as it has to be tried. */
export interface GuaranteedUpdate<T> {
  /** Who wants it: nothing is written after its deadline. Absent where an earlier write asks. */
  readonly request?: ServerRequest;
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly operation: "update" | "delete";
  /** Whether a lost race is tried again; where the client has set a lock of its own, it is not. */
  readonly retries: boolean;
  /**
   * Decides from the version that was read. Called anew with the newest one after each lost race,
   * so it keeps nothing of the attempt before. What it throws ends the write.
   */
  propose(attempt: Attempt): MaybePromise<Proposal<T>>;
  /** Called before each further attempt. */
  restart?(): void;
}

/**
 * What an attempt came to; undefined where somebody else was faster. `claim`: not with the object
 * itself, or perhaps not. Then it is tried again, also for who has set a lock: it is compared anew.
 */
type Attempted<T> = { readonly value: T } | "claim" | undefined;

/**
 * The one way in which stored objects are changed: read, decide, write if the version is still the
 * one that was read, else again. Every writer of objects that are there (update, patch, scale,
 * binding, eviction, status, deletion) goes through here, and this is the only place that knows
 * when a lost race is tried again: up to 200 times, from the second one on in the order of arrival.
 * Then, and for writers that do not retry, it is a Conflict.
 *
 * Who holds the key's lock builds on the newest version even while that waits for the disk, and
 * lets the next one go as soon as its own write waits behind it. Who waits for admission meanwhile,
 * which may ask another server that writes this very object, unlocks it first.
 */
export function guaranteedUpdate<T>(
  deps: RegistryDependencies,
  update: GuaranteedUpdate<T>,
): MaybePromise<T> {
  const { resource, namespace, name, retries } = update;
  const key = resource.key(namespace, name);
  if (retries && deps.mutex.isLocked(key)) return inOrder(deps, update, key, 1);
  return andThen(attemptOnce(deps, update, key, undefined), (first) => {
    if (typeof first === "object") return first.value;
    if (first === undefined && !retries) throw apiErrors.conflict(resource, name);
    update.restart?.();
    return inOrder(deps, update, key, 2);
  });
}

async function inOrder<T>(
  deps: RegistryDependencies,
  update: GuaranteedUpdate<T>,
  key: string,
  first: number,
): Promise<T> {
  for (let number = first; number <= maxAttempts; number += 1) {
    if (number > first) update.restart?.();
    const ticket = await deps.mutex.lock(key);
    try {
      const done = await attemptOnce(deps, update, key, ticket);
      if (typeof done === "object") return done.value;
    } finally {
      ticket.release();
    }
  }
  throw apiErrors.conflict(update.resource, update.name);
}

function attemptOnce<T>(
  deps: RegistryDependencies,
  update: GuaranteedUpdate<T>,
  key: string,
  ticket: Ticket | undefined,
): MaybePromise<Attempted<T>> {
  return andThen(deps.storage.get(key, { pending: ticket !== undefined }), (stored) => {
    const attempt = new Attempt(stored, ticket);
    /** What a pending version gave, also an error, is told when that version is on disk. */
    const whenDurable = (): MaybePromise<void> =>
      ticket === undefined ? undefined : untilDurable(deps, key, stored);
    return ensuring(
      () => {
        const proposal = orElse(
          () => update.propose(attempt),
          (error) =>
            andThen(whenDurable(), (): never => {
              throw error;
            }),
        );
        return andThen(proposal, (proposed) =>
          carryOut(deps, update, key, attempt, proposed, whenDurable),
        );
      },
      () => attempt.hooks.run(attempt.committed),
    );
  });
}

function carryOut<T>(
  deps: RegistryDependencies,
  { resource, operation, request }: GuaranteedUpdate<T>,
  key: string,
  attempt: Attempt,
  { write, result, isCommitted }: Proposal<T>,
  whenDurable: () => MaybePromise<void>,
): MaybePromise<Attempted<T>> {
  const { stored } = attempt;
  if (write === undefined) {
    const value = andThen(whenDurable(), () => result(String(stored?.modRevision ?? "")));
    return andThen(value, (read) => ({ value: read }));
  }
  if (request !== undefined) refuseLateWrite(request);
  const writing = writeVersion(deps, operation, resource, { key, over: stored }, write);
  attempt.unlock();
  return andThen(writing, (written) => {
    if (!written.succeeded) return isClaimLost(written) ? "claim" : undefined;
    attempt.committed = isCommitted === undefined;
    return andThen(result(String(written.revision)), (value) => {
      attempt.committed = isCommitted?.(value) ?? true;
      return { value };
    });
  });
}

/**
 * Resolves when the version of a key that was read as pending is on disk; rejects when it never
 * will be. `stored` is what was read: undefined where there was nothing.
 */
function untilDurable(
  { storage }: RegistryDependencies,
  key: string,
  stored: StoredValue | undefined,
): MaybePromise<void> {
  const equals = stored?.modRevision ?? 0;
  const compare = [{ key, target: "modRevision", equals } as const];
  return andThen(storage.transact({ compare, success: [] }), () => undefined);
}
