import assert from "node:assert/strict";
import type { Codec } from "../../../../lib/api/codec.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { decodeBody } from "../../../../lib/apiserver/registry/decodeBody.js";
import { nodeClock } from "../../../../lib/platform/node/nodeClock.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const configMap = {
  message: "k8s.io.api.core.v1.ConfigMap",
  apiVersion: "v1",
  kind: "ConfigMap",
} as const;
const longBytes = 64 * 1024;
/** Nearly what a request may have in bytes, more than a map may have in keys. */
const manyKeys = 100_000;

const data = (keys: number): string => Array.from({ length: keys }, (_, i) => `"k${i}":"v"`).join();
const json = (keys: number): string => `{"metadata":{"name":"long"},"data":{${data(keys)}}}`;
const yaml = (keys: number): string =>
  `metadata: {name: long}\ndata:\n${data(keys).replaceAll(":", ": ").replaceAll(/(^|,)/g, "\n  ")}`;

/** The codec, and where it was asked to read bodies. */
function observed(): { codec: Codec; calls: string[] } {
  const calls: string[] = [];
  const codec: Codec = {
    ...nativeCodec,
    readBody: (...call) => {
      calls.push("here");
      return nativeCodec.readBody(...call);
    },
    readBodyApart: (...call) => {
      calls.push("apart");
      return nativeCodec.readBodyApart(...call);
    },
  };
  return { codec, calls };
}

describe("long bodies", () => {
  const read = async (codec: Codec, body: string, type: string, clock = nodeClock) =>
    decodeBody({ codec, clock }, Buffer.from(body), type, configMap, "Strict", () => undefined);

  it("are read on another thread from 64 KiB on", async () => {
    const { codec, calls } = observed();
    const padded = (bytes: number): string => json(1).padEnd(bytes);
    await read(codec, padded(longBytes), "application/json");
    await read(codec, padded(longBytes + 1), "application/json");
    await read(codec, padded(longBytes + 1), "application/json", new VirtualClock());
    assert.deepEqual(calls, ["here", "apart", "here"], "virtual time has no other threads");
  });

  for (const [form, body] of [
    ["application/json", json(manyKeys)],
    ["application/yaml", yaml(manyKeys)],
    ["application/yaml", "---\n".repeat(400_000)],
  ] as const) {
    it(`let others go on: ${form} of ${body.length} bytes`, async () => {
      let done = false;
      const result = read(nativeCodec, body, form).finally(() => {
        done = true;
      });
      // What is read on this thread is done before the event loop goes round.
      for (let step = 0; step < 100; step += 1) await Promise.resolve();
      assert.equal(done, false);
      await result.catch(() => undefined);
    });
  }

  const wrong: readonly [name: string, type: string, body: string][] = [
    ["no JSON", "application/json", `{"metadata"${" ".repeat(longBytes)}`],
    ["unknown fields", "application/json", `{"nothing":1}${" ".repeat(longBytes)}`],
    ["another kind", "application/json", `{"kind":"Pod"}${" ".repeat(longBytes)}`],
    ["no YAML", "application/yaml", `a: [${"\n".repeat(longBytes)}`],
    ["doubled keys", "application/yaml", `data: {a: b, a: c}${"\n".repeat(longBytes)}`],
    ["no protobuf", "application/vnd.kubernetes.protobuf", "x".repeat(longBytes + 1)],
  ];
  for (const [name, type, body] of wrong) {
    it(`are refused in the same words: ${name}`, async () => {
      const messageOf = (clock: typeof nodeClock): Promise<string> =>
        read(nativeCodec, body, type, clock).then(
          () => assert.fail("it was taken"),
          (error: Error) => error.message,
        );
      assert.equal(await messageOf(nodeClock), await messageOf(new VirtualClock()));
    });
  }

  describe("of a server", () => {
    let server: TestApiServer;
    before(async () => {
      server = await startTestApiServer();
    });
    after(() => server?.stop());

    const send = (method: string, path: string, type: string, body: string): Promise<Response> =>
      fetch(`${server.url}/api/v1/namespaces/default/configmaps${path}`, {
        method,
        headers: { "content-type": type },
        body,
      });

    it("do not keep others from being answered, nor change each other's order", async () => {
      const short = await send("POST", "", "application/json", json(1));
      assert.equal(short.status, 201);
      const strategic = "application/strategic-merge-patch+json";
      const merge = "application/merge-patch+json";
      let atWork = 0;
      const long = [
        send("PATCH", "/long", merge, `{"data":{${data(manyKeys)}}}`),
        send("PATCH", "/long", strategic, `{"data":{${data(manyKeys)}}}`),
        send("POST", "?dryRun=All", "application/yaml", yaml(manyKeys)),
        send("POST", "?dryRun=All", "application/yaml", "---\n".repeat(400_000)),
      ].map(async (response) => {
        atWork += 1;
        const { status } = await response;
        atWork -= 1;
        return status;
      });
      let answered = 0;
      while (atWork > 0) {
        const ready = await fetch(`${server.url}/readyz`);
        assert.equal(ready.status, 200);
        if (atWork > 0) answered += 1;
      }
      const statuses = await Promise.all(long);
      // More keys than a map may have, and an object without a name.
      assert.deepEqual(statuses, [413, 413, 413, 422]);
      assert.ok(answered > 0, `${answered} answers meanwhile`);
    });
  });
});
