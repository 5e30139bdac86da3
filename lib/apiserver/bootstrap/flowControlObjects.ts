import { semanticEqual } from "../../api/equality.js";
import { flowcontrolV1 } from "../../api/gen/resources.js";
import type { FlowSchema, PriorityLevelConfiguration } from "../../api/gen/types/flowcontrolV1.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import { formatTime } from "../../api/time.js";
import type { Compare, Operation } from "../../storage/storage.js";
import { UnreadableValues } from "../cache/unreadableValues.js";
import { foundCondition } from "../fairness/danglingCondition.js";
import {
  type BootstrapDependencies,
  mostOperations,
  ObjectWriter,
  storageKey,
  type WantedObject,
} from "./objectWriter.js";

const autoUpdate = "apf.kubernetes.io/autoupdate-spec";

type Kept = FlowSchema | PriorityLevelConfiguration;

/** The mandatory and the suggested FlowSchemas and levels, and how they are kept. */
export async function flowControlObjects(nowMilliseconds: number): Promise<WantedObject[]> {
  const data = await import("./data/flowControl.js");
  const make = (
    type: WantedObject["type"],
    specs: Readonly<Record<string, unknown>>,
    statusOf: (spec: unknown) => object,
  ): WantedObject[] =>
    Object.entries(specs).map(([name, spec]) => {
      const metadata = { name, generation: 1, annotations: { [autoUpdate]: "true" } };
      const isMandatory = data.mandatoryNames.includes(name);
      return {
        type,
        object: { metadata, spec, ...statusOf(spec) } as WantedObject["object"],
        reconcile: (existing) => reconcileSpec(existing as Kept, spec as Kept["spec"], isMandatory),
      };
    });
  const time = formatTime(nowMilliseconds);
  // As flow control would write it a moment later, which would be as many writes more.
  const found = (spec: unknown): object => {
    const { priorityLevelConfiguration } = spec as FlowSchema["spec"];
    return {
      status: { conditions: [foundCondition(priorityLevelConfiguration.name, true, time)] },
    };
  };
  return [
    ...make(flowcontrolV1.flowschemas, data.flowSchemas, found),
    ...make(flowcontrolV1.prioritylevelconfigurations, data.priorityLevels, () => ({})),
  ];
}

/** What becomes of one that is there; undefined where it is as it should be. */
function reconcileSpec(existing: Kept, spec: Kept["spec"], isMandatory: boolean): Kept | undefined {
  const { metadata } = existing;
  const mayUpdate = isMandatory || updatesItself(metadata);
  const wanted = wantedSpec(existing, spec);
  const isOther = mayUpdate && !semanticEqual(existing.spec, wanted);
  const isAnnotated = booleanOf(metadata.annotations?.[autoUpdate]) === mayUpdate;
  if (!isOther && isAnnotated) return undefined;
  const annotations = { ...metadata.annotations, [autoUpdate]: String(mayUpdate) };
  const generation = (metadata.generation ?? 0) + (isOther ? 1 : 0);
  const kept = {
    ...metadata,
    generation,
    annotations: isAnnotated ? metadata.annotations : annotations,
  };
  return { ...existing, metadata: kept, spec: isOther ? wanted : existing.spec } as Kept;
}

/** How many seats are set aside for exempt requests is the operator's to say. */
function wantedSpec(existing: Kept, spec: Kept["spec"]): Kept["spec"] {
  if (!("exempt" in spec) || !("exempt" in existing.spec)) return spec;
  return { ...spec, exempt: existing.spec.exempt } as Kept["spec"];
}

/** Where nothing says so, a spec that nobody has changed yet. */
function updatesItself(metadata: ObjectMeta): boolean {
  return booleanOf(metadata.annotations?.[autoUpdate]) ?? metadata.generation === 1;
}

/** As Go reads one. */
function booleanOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

/** Looks after these objects while the server runs. */
export class FlowControlUpkeep {
  readonly #deps: BootstrapDependencies;

  constructor(deps: BootstrapDependencies) {
    this.#deps = deps;
  }

  async reconcile(): Promise<void> {
    const wanted = await flowControlObjects(this.#deps.clock.now());
    await new ObjectWriter(this.#deps).ensure(wanted);
    await this.removeUnwanted();
  }

  /** Those that a former version has made, and nobody has taken over. */
  async removeUnwanted(): Promise<void> {
    const wanted = await flowControlObjects(this.#deps.clock.now());
    const keys = new Set(wanted.map(({ type, object }) => keyOf(type, object.metadata)));
    const { flowschemas, prioritylevelconfigurations } = flowcontrolV1;
    for (const type of [flowschemas, prioritylevelconfigurations]) await this.#remove(type, keys);
  }

  async #remove(type: WantedObject["type"], keep: ReadonlySet<string>): Promise<void> {
    const { storage, codec, unreadable = new UnreadableValues() } = this.#deps;
    const prefix = storageKey(type, "", "");
    const compare: Compare[] = [];
    const success: Operation[] = [];
    let startAfterKey: string | undefined;
    do {
      const page = await storage.range(prefix, {
        limit: 500,
        ...(startAfterKey === undefined ? {} : { startAfterKey }),
      });
      for (const { key, value, modRevision } of page.values) {
        if (keep.has(key)) continue;
        const stored = unreadable.read(key, () =>
          codec.decodeStored(value, type.message, String(modRevision)),
        );
        if (stored === undefined) continue;
        const { metadata } = JSON.parse(stored.json()) as { metadata: ObjectMeta };
        if (booleanOf(metadata.annotations?.[autoUpdate]) !== true) continue;
        compare.push({ key, target: "modRevision", equals: modRevision });
        success.push({ type: "delete", key });
      }
      startAfterKey = page.nextKey;
    } while (startAfterKey !== undefined);
    // What was changed meanwhile, or does not fit, is looked at again in a minute.
    const first = { compare: compare.slice(0, mostOperations) };
    if (success.length > 0) {
      await storage.transact({ ...first, success: success.slice(0, mostOperations) });
    }
  }
}

function keyOf(type: WantedObject["type"], { name = "" }: ObjectMeta): string {
  return storageKey(type, "", name);
}
