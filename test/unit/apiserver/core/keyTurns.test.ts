import assert from "node:assert/strict";
import { KeyTurns } from "../../../../lib/apiserver/registry/keyTurns.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

describe("KeyTurns", () => {
  const start = () => {
    const clock = new VirtualClock();
    const turns = new KeyTurns(clock);
    const order: string[] = [];
    const stand = async (name: string, key = "a") => {
      const turn = await turns.take(key);
      order.push(name);
      return turn;
    };
    return { clock, turns, order, stand };
  };

  it("lets one after another go, in the order they came", async () => {
    const { turns, order, stand } = start();
    const first = await stand("first");
    const second = stand("second");
    const third = stand("third");
    await Promise.resolve();
    assert.deepEqual(order, ["first"]);
    first.end();
    first.end();
    (await second).end();
    (await third).end();
    assert.deepEqual(order, ["first", "second", "third"]);
    assert.equal(turns.isTaken("a"), false);
  });

  it("keeps nobody waiting for another key", async () => {
    const { order, stand } = start();
    await stand("a's", "a");
    await stand("b's", "b");
    assert.deepEqual(order, ["a's", "b's"]);
  });

  it("lets who waits for too long go ahead, and the line goes on without it", async () => {
    const { clock, turns, order, stand } = start();
    const first = await stand("first");
    const second = stand("second");
    await clock.advance(1000);
    (await second).end();
    assert.deepEqual(order, ["first", "second"]);
    assert.equal(turns.isTaken("a"), true);
    const third = stand("third");
    first.end();
    (await third).end();
    assert.equal(turns.isTaken("a"), false);
  });
});
