import { semanticEqual } from "../../../api/equality.js";
import { goQuote } from "../../../api/goQuote.js";
import type { ResourceType } from "../../../api/resourceType.js";
import { standardFinalizers } from "../objectMetaRules.js";
import type { StrategyContext } from "../strategy.js";
import { type KindObject, setGeneration, type TypedStrategy } from "../typedStrategy.js";

type Tree = KindObject & Record<string, unknown>;

/**
 * What holds for every kind that is not built in, as upstream's strategy of custom resources: where
 * the status is written apart it is nobody's who writes the rest, and any change outside of
 * metadata counts as a generation. Its rules for fields come with its schema.
 */
export function customStrategy(type: ResourceType<unknown>): TypedStrategy<KindObject> {
  const hasStatus = type.subresources.some(({ name }) => name === "status");
  return {
    group: type.storage.group,
    kind: type.storage.kind,
    allowUnconditionalUpdate: false,
    prepareForCreate(object, context) {
      warnOfFinalizers(object, undefined, context);
      if (hasStatus) delete (object as Tree).status;
      setGeneration(object.metadata, 1);
    },
    prepareForUpdate(object, old, context) {
      if (context.subresource === "") warnOfFinalizers(object, old, context);
      prepareForUpdate(object as Tree, old as Tree, context, hasStatus);
    },
  };
}

function prepareForUpdate(
  object: Tree,
  old: Tree,
  { subresource }: StrategyContext,
  hasStatus: boolean,
): void {
  const generation = old.metadata.generation ?? 0;
  if (subresource === "status") {
    takeAllButStatus(object, old);
    setGeneration(object.metadata, generation);
    return;
  }
  if (hasStatus) {
    if (old.status === undefined) delete object.status;
    else object.status = old.status;
  }
  const isSame = semanticEqual(withoutMetadata(object), withoutMetadata(old));
  setGeneration(object.metadata, isSame ? generation : generation + 1);
}

/** As upstream, which takes any name and says of those that come which are better. */
function warnOfFinalizers(
  { metadata }: KindObject,
  old: KindObject | undefined,
  context: StrategyContext,
): void {
  const before = new Set(old?.metadata.finalizers);
  for (const name of [...new Set(metadata.finalizers)].sort()) {
    if (before.has(name) || name.includes("/") || standardFinalizers.has(name)) continue;
    const path = name.includes(".") ? " including a path (/)" : "";
    context.warn(
      `metadata.finalizers: ${goQuote(name)}: prefer a domain-qualified finalizer name${path} ` +
        "to avoid accidental conflicts with other finalizer writers",
    );
  }
}

/** A write of the status changes nothing else, metadata included; see resetFields. */
function takeAllButStatus(object: Tree, old: Tree): void {
  for (const name of Object.keys(object)) {
    if (!kept.has(name)) delete object[name];
  }
  for (const [name, value] of Object.entries(old)) {
    if (!kept.has(name)) object[name] = value;
  }
}

const kept: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

function withoutMetadata({ metadata: _, ...rest }: Tree): Record<string, unknown> {
  return rest;
}
