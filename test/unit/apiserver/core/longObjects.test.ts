import assert from "node:assert/strict";
import type { ApiObject, Codec } from "../../../../lib/api/codec.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { isLongObject } from "../../../../lib/apiserver/registry/longObjects.js";
import { nodeClock } from "../../../../lib/platform/node/nodeClock.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const path = "/api/v1/namespaces/default/configmaps";
const keys = 8_000;
const tooManyKeys = 10_001;
const dataOf = (count: number, value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]));
const named = (name: string, count: number, value = "a"): string =>
  JSON.stringify({ metadata: { name }, data: dataOf(count, value) });

const ofObjects = ["json", "jsonUnmanaged", "withJson", "stored", "encode", "convert"] as const;
const ofCodec = ["decode", "decodeStored", "readBody", "managedFieldsAfter"] as const;
const ofPatches = ["strategicMergePatch", "mergePatch", "jsonPatch"] as const;

/** Work on long objects that is done on the thread of the event loop, by name. */
class Observed {
  readonly codec: Codec;
  readonly here: string[] = [];
  readonly apart: string[] = [];
  readonly #restore: (() => void)[] = [];

  constructor() {
    this.codec = { ...nativeCodec };
    for (const name of [...ofCodec, ...ofPatches]) this.#watch(this.codec, name);
    for (const name of Object.keys(this.codec).filter((key) => key.endsWith("Apart"))) {
      this.#watch(this.codec, name);
    }
    const body = Buffer.from("{}");
    const { object } = nativeCodec.decode("k8s.io.api.core.v1.ConfigMap", body, { format: "json" });
    const methods = Object.getPrototypeOf(object) as object;
    for (const name of ofObjects) this.#watch(methods, name);
  }

  #watch(holder: object, name: string): void {
    const own = Reflect.get(holder, name) as (...given: unknown[]) => unknown;
    const { here, apart } = this;
    Reflect.set(holder, name, function (this: unknown, ...given: unknown[]): unknown {
      if (name.endsWith("Apart")) apart.push(name);
      else if ([this, ...given].some(isLong)) here.push(name);
      return own.apply(this, given);
    });
    this.#restore.push(() => Reflect.set(holder, name, own));
  }

  take(): { here: string[]; apart: string[] } {
    return { here: this.here.splice(0), apart: this.apart.splice(0) };
  }

  restore(): void {
    for (const restore of this.#restore) restore();
  }
}

function isLong(given: unknown): boolean {
  if (given instanceof Uint8Array) return given.length > 64 * 1024;
  return typeof given === "object" && given !== null && "heldBytes" in given
    ? isLongObject(given as ApiObject, nodeClock)
    : false;
}

type Request = readonly [method: string, name: string, body?: string, type?: string];

describe("long objects", () => {
  let observed: Observed;
  let server: TestApiServer;
  before(async () => {
    observed = new Observed();
    server = await startTestApiServer({ codec: observed.codec });
    observed.take();
  });
  after(async () => {
    observed.restore();
    await server?.stop();
  });

  const send = async (...[method, name, body, type = "application/json"]: Request) => {
    const response = await fetch(`${server.url}${path}${name}`, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, tree: (await response.json()) as Tree };
  };

  const patchOf = { data: { k0: "patched" } };
  const operations = [{ op: "replace", path: "/data/k1", value: "patched" }];
  const strategic = "application/strategic-merge-patch+json";
  const cases: readonly (readonly [what: string, status: number, ...Request])[] = [
    ["created", 201, "POST", "", named("long", keys)],
    ["created by YAML", 201, "POST", "", `# YAML\n${named("yaml", keys)}`, "application/yaml"],
    ["updated", 200, "PUT", "/long", named("long", keys, "b")],
    ["merged", 200, "PATCH", "/long", JSON.stringify(patchOf), "application/merge-patch+json"],
    ["patched strategically", 200, "PATCH", "/long", JSON.stringify(patchOf), strategic],
    ["patched", 200, "PATCH", "/long", JSON.stringify(operations), "application/json-patch+json"],
    ["deleted", 200, "DELETE", "/yaml"],
  ];
  for (const [what, status, ...request] of cases) {
    it(`are ${what} by work on other threads`, async () => {
      const answer = await send(...request);
      const { here, apart } = observed.take();
      assert.equal(answer.status, status, JSON.stringify(answer.tree).slice(0, 300));
      assert.deepEqual(here, []);
      assert.ok(apart.length > 0);
    });
  }

  it("are what short ones would be", async () => {
    const { tree } = await send("GET", "/long");
    assert.equal(Object.keys(tree.data).length, keys);
    assert.deepEqual([tree.data.k0, tree.data.k1, tree.data.k2], ["patched", "patched", "b"]);
    const [first] = tree.metadata.managedFields;
    assert.equal(Object.keys(first?.fieldsV1["f:data"] ?? {}).length, keys + 1);
  });

  it("are refused where a map has too many keys, however they come", async () => {
    const message = "Request entity too large: data must have at most 10000 entries";
    const big = named("long", tooManyKeys);
    const data = JSON.stringify({ data: dataOf(tooManyKeys, "c") });
    const requests: readonly Request[] = [
      ["POST", "", big],
      ["PUT", "/long", big],
      ["PATCH", "/long", data, "application/merge-patch+json"],
      ["PATCH", "/long", data, strategic],
    ];
    for (const request of requests) {
      const { status, tree } = await send(...request);
      assert.deepEqual([status, tree.message], [413, message], request[0]);
    }
  });
});

interface Tree {
  readonly message?: string;
  readonly data: Record<string, string>;
  readonly metadata: {
    readonly managedFields: readonly { fieldsV1: Record<string, Record<string, unknown>> }[];
  };
}
