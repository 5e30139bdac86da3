import assert from "node:assert/strict";
import { kubeApiserverFlags } from "../../../lib/cmd/flags/kubeApiserverFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { httpLimitsOf } from "../../../lib/cmd/kubeApiserver/httpLimits.js";

describe("what kube-apiserver's flags bound of HTTP/2", () => {
  const limits = (...args: string[]) => httpLimitsOf(parseFlags(kubeApiserverFlags, args));

  it("is streams of a connection, and the chance of a GOAWAY", () => {
    assert.deepEqual(limits(), { goawayChance: 0 });
    assert.deepEqual(limits("--goaway-chance=0.001", "--http2-max-streams-per-connection=7"), {
      goawayChance: 0.001,
      maxStreams: 7,
    });
  });

  it("is refused where upstream refuses it", () => {
    for (const chance of ["0.021", "-0.1"]) {
      assert.throws(() => limits(`--goaway-chance=${chance}`), {
        message: "--goaway-chance can not be less than 0 or greater than 0.02",
      });
    }
    assert.throws(() => limits("--http2-max-streams-per-connection=-1"), {
      message: "--http2-max-streams-per-connection can not be negative",
    });
  });
});
