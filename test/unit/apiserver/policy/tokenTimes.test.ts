import assert from "node:assert/strict";
import { ServiceAccountAuthenticator } from "../../../../lib/apiserver/authentication/serviceAccountAuthenticator.js";
import { ServiceAccountIssuer } from "../../../../lib/apiserver/authentication/serviceAccountIssuer.js";
import { makeSigningKey } from "../../../../lib/apiserver/authentication/serviceAccountKeys.js";
import { ServerCaches } from "../../../../lib/apiserver/cache/serverCaches.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import {
  type EmbeddedStorage,
  openEmbeddedStorage,
} from "../../../../lib/storage/embeddedStorage.js";

describe("the times of a service account's token", () => {
  const clock = new VirtualClock();
  const now = clock.now() / 1000;
  let storage: EmbeddedStorage;
  before(async () => {
    storage = await openEmbeddedStorage({ clock });
  });
  after(() => storage.close());

  async function judged(times: { exp?: number; nbf?: number; iat?: number }): Promise<string> {
    const { key } = await makeSigningKey();
    const issuer = new ServiceAccountIssuer("https://issuer", key, []);
    const authenticator = new ServiceAccountAuthenticator(
      new ServerCaches(storage),
      storage,
      clock,
      { issuers: ["https://issuer"], apiAudiences: [], keys: issuer.keys, lookup: false },
    );
    const token = issuer.sign({
      iss: "https://issuer",
      sub: "system:serviceaccount:default:robot",
      aud: ["https://issuer"],
      "kubernetes.io": { namespace: "default", serviceaccount: { name: "robot", uid: "u" } },
      ...times,
    });
    const result = await authenticator.authenticateToken(token, token);
    return result.outcome === "invalid" ? result.reason : "in time";
  }

  const early = "service account token is not valid yet";
  const late = "service account token has expired";
  const cases: [string, { exp?: number; nbf?: number; iat?: number }, string][] = [
    ["in its time", { nbf: now - 10, iat: now - 10, exp: now + 10 }, "in time"],
    ["without times", {}, "in time"],
    ["of a server whose clock is a little ahead", { nbf: now + 50, iat: now + 50 }, "in time"],
    ["of a time to come", { nbf: now + 70 }, early],
    ["signed in a time to come", { iat: now + 70 }, early],
    ["that has just ended", { exp: now - 50 }, "in time"],
    ["that has ended", { exp: now - 70 }, late],
  ];
  for (const [what, times, expected] of cases) {
    it(what, async () => {
      const outcome = await judged(times);
      if (expected === "in time") assert.ok(outcome !== early && outcome !== late, outcome);
      else assert.equal(outcome, expected);
    });
  }
});
