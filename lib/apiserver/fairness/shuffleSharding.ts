import { createHash } from "node:crypto";

/** More would make the last cards uneven: so many bits of a hash are dealt at most. */
export const maxHashBits = 60;

/** How many bits of a hash dealing such a hand uses up. */
export function requiredEntropyBits(queues: number, handSize: number): number {
  return Math.ceil(Math.log2(queues) * handSize);
}

/** What a flow's hand is dealt from; the same flow has the same hand in every server. */
export function hashFlow(flowSchema: string, distinguisher: string): bigint {
  const hash = createHash("sha256").update(flowSchema).update("\0").update(distinguisher);
  return hash.digest().readBigUInt64LE(0);
}

/** Deals `handSize` different queues out of all, as a shuffled deck would give them. */
export function dealHand(hash: bigint, queues: number, handSize: number): number[] {
  const remainders: number[] = [];
  let rest = hash;
  for (let i = 0; i < handSize; i += 1) {
    const size = BigInt(queues - i);
    remainders.push(Number(rest % size));
    rest /= size;
  }
  // The i-th remainder counts the cards that are still there: those dealt before are skipped.
  return remainders.map((remainder, i) => {
    let card = remainder;
    for (let j = i - 1; j >= 0; j -= 1) {
      if (card >= (remainders[j] ?? 0)) card += 1;
    }
    return card;
  });
}
