import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import type { Selector } from "../../api/labels.js";
import { hasReason } from "../../api/status.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import type { KubernetesObject, ResourceClient } from "../../client/resourceClient.js";

export interface ClaimOptions<T> {
  readonly owner: KubernetesObject;
  readonly ownerKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly selector: Selector;
  readonly objects: ResourceClient<T>;
  /** The owner as the server has it now: a cache must not adopt for what is being deleted. */
  readonly freshOwner: () => Promise<KubernetesObject>;
  /** Which objects may be taken. Default all. */
  readonly mayAdopt?: (object: T) => boolean;
  /** Further finalizers that an adopted object gets. */
  readonly finalizers?: readonly string[];
  /**
   * Told of each object that could not be adopted or released, and the rest is seen to; whoever
   * listens may still count what there is, but not act as if it were all. Default: the first
   * failure rejects.
   */
  readonly failed?: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/**
 * What the owner controls: of `owned` those that its selector still matches (others are
 * released), and of `orphans` those that it matches (they are adopted).
 */
export async function claim<T extends KubernetesObject>(
  owned: readonly T[],
  orphans: readonly T[],
  options: ClaimOptions<T>,
): Promise<T[]> {
  const { owner, selector } = options;
  const deleting = owner.metadata?.deletionTimestamp !== undefined;
  const claimed: T[] = [];
  for (const object of owned) {
    // What names the owner from another namespace is not its own, whatever index found it.
    if (object.metadata?.namespace !== owner.metadata?.namespace) continue;
    if (selector.matches(object.metadata?.labels)) claimed.push(object);
    else if (!deleting) await attempt(options, () => release(object, options));
  }
  if (deleting) return claimed;
  let mayAdopt: boolean | undefined;
  for (const object of orphans) {
    if (object.metadata?.deletionTimestamp !== undefined) continue;
    if (!selector.matches(object.metadata?.labels)) continue;
    if (options.mayAdopt?.(object) === false) continue;
    mayAdopt ??= (await attempt(options, () => ownerLives(options))) ?? false;
    if (!mayAdopt) break;
    const isAdopted = await attempt(options, () => adopt(object, options));
    if (isAdopted === true) claimed.push(object);
  }
  return claimed;
}

/** What the call gives; undefined where it failed and somebody was told. */
async function attempt<T, R>(
  { failed, signal }: ClaimOptions<T>,
  call: () => Promise<R>,
): Promise<R | undefined> {
  try {
    return await call();
  } catch (error) {
    if (failed === undefined || signal.aborted) throw error;
    failed(error);
    return undefined;
  }
}

async function ownerLives<T>(options: ClaimOptions<T>): Promise<boolean> {
  const fresh = await options.freshOwner();
  return (
    fresh.metadata?.uid === options.owner.metadata?.uid &&
    fresh.metadata?.deletionTimestamp === undefined
  );
}

async function adopt<T extends KubernetesObject>(
  object: T,
  options: ClaimOptions<T>,
): Promise<boolean> {
  const reference: OwnerReference = newControllerReference(options.owner, options.ownerKind);
  const { finalizers } = options;
  const metadata = {
    ownerReferences: [reference],
    uid: object.metadata?.uid,
    ...(finalizers === undefined ? {} : { finalizers }),
  };
  return patch(object, { metadata }, options);
}

async function release<T extends KubernetesObject>(
  object: T,
  options: ClaimOptions<T>,
): Promise<void> {
  const uid = options.owner.metadata?.uid;
  const metadata = {
    ownerReferences: [{ $patch: "delete", uid }],
    uid: object.metadata?.uid,
    ...(options.finalizers === undefined
      ? {}
      : { "$deleteFromPrimitiveList/finalizers": options.finalizers }),
  };
  await patch(object, { metadata }, options);
}

/** False where the object is gone or another by now: then there is nothing to claim. */
async function patch<T extends KubernetesObject>(
  object: T,
  body: object,
  { objects, signal }: ClaimOptions<T>,
): Promise<boolean> {
  const { name = "", namespace } = object.metadata ?? {};
  try {
    const where = namespace === undefined ? {} : { namespace };
    await objects.patch(name, { type: "strategic", body }, { ...where, signal });
    return true;
  } catch (error) {
    if (hasReason(error, "NotFound", "Invalid")) return false;
    throw error;
  }
}
