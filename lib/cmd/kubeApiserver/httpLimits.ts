import type { HttpLimits } from "../../platform/network.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";

const mostGoaways = 0.02;

/** --http2-max-streams-per-connection and --goaway-chance. Throws FlagError. */
export function httpLimitsOf(values: FlagValues): HttpLimits {
  const streams = values.integer("http2-max-streams-per-connection");
  if (streams < 0) throw new FlagError("--http2-max-streams-per-connection can not be negative");
  const goawayChance = Number(values.string("goaway-chance"));
  if (!(goawayChance >= 0 && goawayChance <= mostGoaways)) {
    throw new FlagError(`--goaway-chance can not be less than 0 or greater than ${mostGoaways}`);
  }
  return { goawayChance, ...(streams > 0 ? { maxStreams: streams } : {}) };
}
