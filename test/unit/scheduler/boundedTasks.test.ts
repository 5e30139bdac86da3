import { deepEqual, equal } from "node:assert/strict";
import { BoundedTasks } from "../../../lib/scheduler/boundedTasks.js";

describe("bounded tasks", () => {
  it("run so many at a time, in order, and say when there is room", async () => {
    const finish: (() => void)[] = [];
    const started: number[] = [];
    let rooms = 0;
    const tasks = new BoundedTasks(2, 4, () => rooms++);
    for (let index = 0; index < 5; index++) {
      tasks.add(() => {
        started.push(index);
        return new Promise((resolve) => finish.push(resolve));
      });
    }
    deepEqual(started, [0, 1]);
    equal(tasks.isFull, true);
    for (let done = 0; done < 5; done++) {
      finish[done]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    deepEqual(started, [0, 1, 2, 3, 4]);
    deepEqual([tasks.size, rooms], [0, 1]);
  });

  it("forgets waiting tasks when drained, and waits for running ones", async () => {
    let finish = () => {};
    let ran = 0;
    const tasks = new BoundedTasks(1, 10, () => {});
    tasks.add(() => new Promise((resolve) => (finish = resolve)));
    tasks.add(async () => {
      ran++;
    });
    const drained = tasks.drain();
    finish();
    await drained;
    equal(ran, 0);
  });
});
