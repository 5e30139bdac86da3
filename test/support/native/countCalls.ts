import { createHook } from "node:async_hooks";
import { addon } from "../../../lib/native/addon.js";

/** What some work cost, as exact numbers. */
export interface Cost {
  /** Calls into the addon, by name. */
  readonly calls: Readonly<Record<string, number>>;
  /** Sum of `calls`. */
  readonly crossings: number;
  /** Texts that became JavaScript objects, and objects that became text. */
  readonly parsed: number;
  readonly stringified: number;
  readonly promises: number;
}

/** Classes of the addon whose objects are on the way of a request. */
const classes = ["NativeStore", "NativeObject", "NativeWatcher", "NativeList"] as const;

/**
 * Counts what work does: every function of the addon, every method and property of its objects,
 * JSON and promises are watched while it runs. The work must not overlap with other work.
 */
export async function costOf<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly value: T; readonly cost: Cost }> {
  const calls: Record<string, number> = {};
  const count = (name: string): void => {
    calls[name] = (calls[name] ?? 0) + 1;
  };
  const restores = [watchFunctions(count), ...classes.map((name) => watchClass(name, count))];
  const json = watchJson();
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === "PROMISE") promises += 1;
    },
  }).enable();
  let result: T | Promise<T>;
  try {
    result = work();
    const ownPromises = promises;
    const value = result instanceof Promise ? await result : result;
    hook.disable();
    // Waiting for the promise made some, too.
    const made = result instanceof Promise ? promises : ownPromises;
    const crossings = Object.values(calls).reduce((sum, number) => sum + number, 0);
    return { value, cost: { calls: { ...calls }, crossings, ...json.counts, promises: made } };
  } finally {
    hook.disable();
    json.restore();
    for (const restore of restores) restore();
  }
}

type Callable = (this: unknown, ...input: unknown[]) => unknown;

function watchFunctions(count: (name: string) => void): () => void {
  const functions: Record<string, unknown> = { ...addon };
  const target: Record<string, unknown> = addon;
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value !== "function" || /^[A-Z]/.test(name)) continue;
    target[name] = counted(value as Callable, () => count(name));
  }
  return () => void Object.assign(target, functions);
}

function watchClass(name: (typeof classes)[number], count: (name: string) => void): () => void {
  const { prototype } = addon[name];
  const before = Object.getOwnPropertyDescriptors(prototype) as Record<string, PropertyDescriptor>;
  for (const [key, { value, get, ...rest }] of Object.entries(before)) {
    if (key === "constructor") continue;
    const tick = (): void => count(`${name}.${key}`);
    const watched =
      get === undefined
        ? { ...rest, value: counted(value as Callable, tick) }
        : { configurable: true, enumerable: true, get: counted(get as Callable, tick) };
    Object.defineProperty(prototype, key, watched);
  }
  return () => void Object.defineProperties(prototype, before);
}

function counted(call: Callable, tick: () => void): Callable {
  return function (...input) {
    tick();
    return call.apply(this, input);
  };
}

function watchJson() {
  const counts = { parsed: 0, stringified: 0 };
  const { parse, stringify } = JSON;
  Object.assign(JSON, {
    parse(...input: Parameters<typeof parse>): unknown {
      counts.parsed += 1;
      return parse(...input);
    },
    stringify(...input: unknown[]): string {
      counts.stringified += 1;
      return stringify(...(input as Parameters<typeof stringify>));
    },
  });
  return { counts, restore: () => void Object.assign(JSON, { parse, stringify }) };
}
