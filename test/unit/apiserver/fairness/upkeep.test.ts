import assert from "node:assert/strict";
import { flowcontrolV1 } from "../../../../lib/api/gen/resources.js";
import type {
  FlowSchema,
  PriorityLevelConfiguration,
} from "../../../../lib/api/gen/types/flowcontrolV1.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { FlowControlUpkeep } from "../../../../lib/apiserver/bootstrap/flowControlObjects.js";
import { ObjectWriter, storageKey } from "../../../../lib/apiserver/bootstrap/objectWriter.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../../lib/storage/storage.js";
import { flowSchema } from "./fairnessObjects.js";

const { flowschemas, prioritylevelconfigurations } = flowcontrolV1;
const autoUpdate = "apf.kubernetes.io/autoupdate-spec";
type Type = typeof flowschemas | typeof prioritylevelconfigurations;

describe("FlowSchemas and levels that the server keeps", () => {
  let storage: Storage;
  let upkeep: FlowControlUpkeep;
  let writer: ObjectWriter;
  beforeEach(async () => {
    const { clock, random } = nodePlatform;
    storage = await openEmbeddedStorage({ clock });
    const deps = { storage, codec: nativeCodec, clock, random };
    upkeep = new FlowControlUpkeep(deps);
    writer = new ObjectWriter(deps);
    await upkeep.reconcile();
  });
  afterEach(() => storage.close());

  async function read<T>(type: Type, name: string): Promise<T | undefined> {
    const stored = await storage.get(storageKey(type, "", name));
    if (stored === undefined) return undefined;
    return JSON.parse(nativeCodec.decodeStored(stored.value, type.message, "1").json()) as T;
  }
  async function change<T extends FlowSchema | PriorityLevelConfiguration>(
    type: Type,
    name: string,
    how: (object: T) => void,
  ): Promise<void> {
    const object = (await read<T>(type, name)) ?? assert.fail();
    how(object);
    const { kind: _kind, apiVersion: _version, ...rest } = object;
    await writer.ensure([{ type, object: rest, reconcile: () => rest }]);
  }
  const schema = (name: string) => read<FlowSchema>(flowschemas, name);
  const narrow = (object: FlowSchema): void => {
    object.spec.matchingPrecedence = 42;
    object.metadata.generation = 2;
  };

  it("are made, with their annotation and condition, and then left alone", async () => {
    const made = (await schema("system-nodes")) ?? assert.fail();
    assert.equal(made.metadata.annotations?.[autoUpdate], "true");
    assert.equal(made.status?.conditions?.[0]?.reason, "Found");
    const revision = storage.currentRevision();
    await upkeep.reconcile();
    assert.equal(storage.currentRevision(), revision);
  });

  it("are made again when they are missing", async () => {
    await storage.transact({
      compare: [],
      success: [{ type: "delete", key: storageKey(flowschemas, "", "probes") }],
    });
    await upkeep.reconcile();
    assert.ok((await schema("probes")) !== undefined);
  });

  it("are put back, unless they say that they are not to be", async () => {
    await change<FlowSchema>(flowschemas, "system-nodes", narrow);
    await change<FlowSchema>(flowschemas, "service-accounts", (object) => {
      narrow(object);
      object.metadata.annotations = { [autoUpdate]: "false" };
    });
    await upkeep.reconcile();
    const put = (await schema("system-nodes")) ?? assert.fail();
    assert.deepEqual([put.spec.matchingPrecedence, put.metadata.generation], [500, 3]);
    assert.equal((await schema("service-accounts"))?.spec.matchingPrecedence, 42);
  });

  it("without the annotation are put back only where nobody has changed their spec", async () => {
    const bare = (object: FlowSchema): void => {
      delete object.metadata.annotations;
    };
    await change<FlowSchema>(flowschemas, "probes", bare);
    await change<FlowSchema>(flowschemas, "system-nodes", (object) => {
      bare(object);
      narrow(object);
    });
    await upkeep.reconcile();
    assert.equal((await schema("probes"))?.metadata.annotations?.[autoUpdate], "true");
    const changed = await schema("system-nodes");
    assert.equal(changed?.metadata.annotations?.[autoUpdate], "false");
    assert.equal(changed?.spec.matchingPrecedence, 42);
  });

  it("if mandatory are put back whatever they say; of exempt all but its seats", async () => {
    await change<FlowSchema>(flowschemas, "catch-all", (object) => {
      narrow(object);
      object.metadata.annotations = { [autoUpdate]: "false" };
    });
    const exempt = { nominalConcurrencyShares: 7, lendablePercent: 20 };
    type Level = PriorityLevelConfiguration;
    await change<Level>(prioritylevelconfigurations, "exempt", ({ spec }) => {
      spec.exempt = exempt;
    });
    await upkeep.reconcile();
    const put = await schema("catch-all");
    assert.equal(put?.spec.matchingPrecedence, 10_000);
    assert.equal(put?.metadata.annotations?.[autoUpdate], "true");
    const level = await read<Level>(prioritylevelconfigurations, "exempt");
    assert.deepEqual(level?.spec.exempt, exempt);
  });

  it("of former versions are deleted, and nobody else's", async () => {
    const made = (name: string, annotations: Record<string, string>) => {
      const { metadata, spec } = flowSchema(name, "system");
      return { type: flowschemas, object: { metadata: { ...metadata, annotations }, spec } };
    };
    await writer.ensure([
      made("former", { [autoUpdate]: "true" }),
      made("taken-over", { [autoUpdate]: "false" }),
      made("mine", {}),
    ]);
    await upkeep.reconcile();
    assert.equal(await schema("former"), undefined);
    assert.ok((await schema("taken-over")) !== undefined && (await schema("mine")) !== undefined);
  });
});
