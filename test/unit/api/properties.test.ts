import assert from "node:assert/strict";
import { FieldSelector } from "../../../lib/api/fields.js";
import { SelectorError } from "../../../lib/api/labelRequirement.js";
import { Selector } from "../../../lib/api/labels.js";
import { decodeMessage, encodeMessage } from "../../../lib/api/messageCodec.js";
import { Quantity, QuantityError } from "../../../lib/api/quantity.js";
import {
  formatDuration,
  formatMicroTime,
  parseDuration,
  parseMicroTime,
} from "../../../lib/api/time.js";

/** The same numbers in every run; failures name the round. */
function numbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function text(next: (bound: number) => number, alphabet: string, maxLength: number): string {
  const length = next(maxLength + 1);
  return Array.from({ length }, () => alphabet[next(alphabet.length)]).join("");
}

const rounds = 5000;

describe("whatever the input", () => {
  it("a quantity is one that reads back as itself, or a QuantityError", () => {
    const next = numbers(1);
    for (let round = 0; round < rounds; round += 1) {
      const input = text(next, "0123456789.+-eEKMGinum", 10);
      try {
        const quantity = Quantity.parse(input);
        const again = Quantity.parse(quantity.toString());
        // Out of a binary fraction comes a decimal form, never another value.
        assert.equal(again.nanos, quantity.nanos, `${round}: ${input}`);
      } catch (error) {
        if (!(error instanceof QuantityError)) throw error;
      }
    }
  });

  it("sums of quantities are exact and undone by subtraction", () => {
    const next = numbers(2);
    const suffixes = ["", "m", "u", "n", "k", "M", "Ki", "Mi", "Gi"];
    for (let round = 0; round < rounds; round += 1) {
      const any = () => Quantity.parse(`${next(100000)}${suffixes[next(suffixes.length)]}`);
      const [a, b] = [any(), any()];
      assert.equal(a.add(b).nanos, a.nanos + b.nanos);
      assert.ok(a.add(b).sub(b).equals(a), `${round}: ${a} ${b}`);
      assert.equal(a.compare(b), a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0);
    }
  });

  it("a label selector prints what it reads, or is a SelectorError", () => {
    const next = numbers(3);
    let read = 0;
    for (let round = 0; round < rounds; round += 1) {
      const input = text(next, "ab,=!()<> in12./-", 12);
      try {
        const selector = Selector.parse(input);
        const printed = selector.toString();
        assert.equal(Selector.parse(printed).toString(), printed, `${round}: ${input}`);
        read += 1;
      } catch (error) {
        if (!(error instanceof SelectorError)) throw error;
      }
    }
    assert.ok(read > 20, `only ${read} were selectors`);
  });

  it("a field selector prints what it reads, or is a SelectorError", () => {
    const next = numbers(4);
    for (let round = 0; round < rounds; round += 1) {
      const input = text(next, "ab.=!\\,", 10);
      try {
        const selector = FieldSelector.parse(input);
        const again = FieldSelector.parse(selector.toString());
        // What is printed is read in the order of its terms, as upstream reads it.
        const inAnyOrder = (of: FieldSelector): string[] =>
          of.requirements.map((requirement) => JSON.stringify(requirement)).sort();
        assert.deepEqual(inAnyOrder(again), inAnyOrder(selector), `${round}: ${input}`);
      } catch (error) {
        if (!(error instanceof SelectorError)) throw error;
      }
    }
  });

  it("times and durations read back as themselves", () => {
    const next = numbers(5);
    for (let round = 0; round < rounds; round += 1) {
      const microseconds = next(2 ** 31) * 1_000_000 + next(1_000_000);
      assert.equal(parseMicroTime(formatMicroTime(microseconds)), microseconds);
      const nanoseconds = BigInt(next(2 ** 31)) * BigInt(next(2 ** 31)) - 2n ** 60n;
      assert.equal(parseDuration(formatDuration(nanoseconds)), nanoseconds);
    }
  });

  it("bytes are a message or a RangeError", () => {
    const next = numbers(6);
    for (let round = 0; round < rounds; round += 1) {
      const bytes = Uint8Array.from({ length: next(40) }, () => next(next(2) === 0 ? 32 : 256));
      try {
        const message = decodeMessage("DeleteCollectionRequest", bytes);
        const again = encodeMessage("DeleteCollectionRequest", message);
        assert.deepEqual(decodeMessage("DeleteCollectionRequest", again), message);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
  });
});
