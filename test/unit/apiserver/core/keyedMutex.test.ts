import assert from "node:assert/strict";
import { KeyedMutex } from "../../../../lib/apiserver/registry/keyedMutex.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

describe("KeyedMutex", () => {
  const start = () => {
    const clock = new VirtualClock();
    const mutex = new KeyedMutex(clock);
    const order: string[] = [];
    const stand = async (name: string, key = "a") => {
      const ticket = await mutex.lock(key);
      order.push(name);
      return ticket;
    };
    return { clock, mutex, order, stand };
  };

  it("lets one after another go, in the order they came", async () => {
    const { mutex, order, stand } = start();
    const first = await stand("first");
    const second = stand("second");
    const third = stand("third");
    await Promise.resolve();
    assert.deepEqual(order, ["first"]);
    first.release();
    first.release();
    (await second).release();
    (await third).release();
    assert.deepEqual(order, ["first", "second", "third"]);
    assert.equal(mutex.isLocked("a"), false);
  });

  it("keeps nobody waiting for another key", async () => {
    const { order, stand } = start();
    await stand("a's", "a");
    await stand("b's", "b");
    assert.deepEqual(order, ["a's", "b's"]);
  });

  it("lets who waits for too long go ahead, and the line goes on without it", async () => {
    const { clock, mutex, order, stand } = start();
    const first = await stand("first");
    const second = stand("second");
    await clock.advance(1000);
    (await second).release();
    assert.deepEqual(order, ["first", "second"]);
    assert.equal(mutex.isLocked("a"), true);
    const third = stand("third");
    first.release();
    (await third).release();
    assert.equal(mutex.isLocked("a"), false);
  });
});
