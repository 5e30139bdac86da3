import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { compactVerify } from "jose";
import { compactJws } from "../../../lib/api/pki/compactJws.js";

const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });

const pairs: Readonly<Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }>> = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => ec("P-256"),
  ES384: () => ec("P-384"),
  ES512: () => ec("P-521"),
};

describe("compactJws", () => {
  for (const [algorithm, makePair] of Object.entries(pairs)) {
    it(`signs with ${algorithm} what others verify`, async () => {
      const { privateKey, publicKey } = makePair();
      const claims = { sub: "system:serviceaccount:default:ä", aud: ["a", "b"], exp: 5 };
      const token = compactJws(claims, { algorithm, keyId: "key", privateKey });
      const { payload, protectedHeader } = await compactVerify(token, publicKey);
      assert.deepEqual(JSON.parse(Buffer.from(payload).toString("utf8")), claims);
      assert.deepEqual(protectedHeader, { alg: algorithm, kid: "key" });
    });
  }
});
