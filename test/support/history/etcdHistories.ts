import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiserverProcess } from "../commands/apiserverProcess.js";
import { CutConnection } from "../etcd/cutConnection.js";
import { EtcdProcess } from "../etcd/etcdProcess.js";
import { HistoryLines } from "./historyLines.js";
import { prepare } from "./serverHistories.js";
import { type Book, dice, Life, Observer } from "./serverLife.js";

const memberCount = 3;
const serverCount = 2;
/** Numbers of clients of one life. */
const numbersEach = 100;
/** Bounds how much there is to judge. */
const restMilliseconds = 10;
/** How long a fault lasts, and how long everything is well before it. */
const faultMilliseconds = { least: 200, most: 1500 };
const wellMilliseconds = { least: 100, most: 500 };

/** What is done to the servers and to etcd, one after the other; each is mended. */
const faults = [
  "a server is killed",
  "a member is killed",
  "a member stands still",
  "a server is cut off from etcd",
  "a server hears nothing of etcd",
  "most members are killed",
] as const;
export type EtcdFault = (typeof faults)[number];

/** One of the API servers, its ways to the members, and everybody who uses it. */
class Side {
  server: ApiserverProcess | undefined;
  life: Life | undefined;

  constructor(
    readonly directory: string,
    readonly ways: readonly CutConnection[],
  ) {}

  static async of(directory: string, members: readonly EtcdProcess[]): Promise<Side> {
    mkdirSync(directory, { mode: 0o700 });
    const ways: CutConnection[] = [];
    for (const { url } of members) ways.push(await CutConnection.to(url));
    return new Side(directory, ways);
  }

  async start(): Promise<ApiserverProcess> {
    const urls = this.ways.map(({ url }) => url).join(",");
    this.server = await ApiserverProcess.start(this.directory, [`--etcd-servers=${urls}`]);
    return this.server;
  }

  async begin(book: Book, first: number): Promise<void> {
    if (this.server === undefined) return;
    this.life = new Life(this.server, book, first);
    await this.life.begin(restMilliseconds);
  }

  async close(): Promise<void> {
    await this.server?.close();
    await this.life?.close();
    for (const way of this.ways) await way.close();
  }
}

/** Two API servers on the members of an etcd, their clients, and what is done to them. */
class Arena {
  readonly #observer: Observer;
  #lives = 0;

  constructor(
    readonly book: Book,
    readonly members: readonly EtcdProcess[],
    readonly sides: readonly Side[],
  ) {
    this.#observer = new Observer(book);
  }

  #between({ least, most }: { least: number; most: number }): Promise<void> {
    return sleep(least + this.book.roll(most - least));
  }

  async #begin(side: Side): Promise<void> {
    this.#lives += 1;
    await side.begin(this.book, this.#lives * numbersEach);
  }

  async run(count: number): Promise<EtcdFault[]> {
    const { book, sides } = this;
    for (const side of sides) await prepare(await side.start(), book);
    book.lines.open();
    await this.#observer.moveTo(sides[0]?.server as ApiserverProcess);
    for (const side of sides) await this.#begin(side);
    const done: EtcdFault[] = [];
    const first = book.roll(faults.length);
    for (let number = 0; number < count; number += 1) {
      const fault = faults[(first + number) % faults.length] as EtcdFault;
      await this.#between(wellMilliseconds);
      await this.#carryOut(fault);
      await this.#settle();
      done.push(fault);
    }
    await this.#end();
    return done;
  }

  async #carryOut(fault: EtcdFault): Promise<void> {
    const { roll } = this.book;
    const member = this.members[roll(this.members.length)] as EtcdProcess;
    const side = this.sides[roll(serverCount)] as Side;
    const wait = (): Promise<void> => this.#between(faultMilliseconds);
    switch (fault) {
      case "a server is killed":
        return this.#killServer(side, wait);
      case "a member is killed":
        await member.kill();
        await wait();
        return member.run();
      case "a member stands still":
        member.signal("SIGSTOP");
        await wait();
        member.signal("SIGCONT");
        return;
      case "a server is cut off from etcd":
        for (const way of side.ways) way.cut();
        await wait();
        for (const way of side.ways) way.mend();
        return;
      case "a server hears nothing of etcd":
        for (const way of side.ways) way.hold();
        await wait();
        for (const way of side.ways) way.cut();
        for (const way of side.ways) way.mend();
        return;
      case "most members are killed": {
        const others = this.members.filter((one) => one !== member);
        const most = others.length > 0 ? others : this.members;
        await Promise.all(most.map((one) => one.kill()));
        await wait();
        await Promise.all(most.map((one) => one.run()));
      }
    }
  }

  /** Its clients go on at the other one, which has been there all the time. */
  async #killServer(side: Side, wait: () => Promise<void>): Promise<void> {
    const other = this.sides.find((one) => one !== side);
    await side.life?.kill();
    await side.life?.close();
    if (this.#observer.server === side.server) {
      await this.#observer.moveTo(other?.server as ApiserverProcess);
    }
    await wait();
    await side.start();
    await this.#begin(side);
  }

  /** Until both servers are ready, and the watch of everything has seen what was shown. */
  async #settle(): Promise<void> {
    for (const { server } of this.sides) {
      while ((await server?.plain.call("/readyz"))?.status !== 200) await sleep(restMilliseconds);
    }
    await this.#observer.until(this.book.shown.revisions.at(-1) ?? 0);
  }

  async #end(): Promise<void> {
    let last = 0;
    for (const { life } of this.sides) last = Math.max(last, (await life?.last()) ?? 0);
    await this.#observer.until(last);
    await this.#observer.close();
    for (const { life } of this.sides) await life?.close();
    this.book.lines.end();
  }

  async close(): Promise<void> {
    for (const side of this.sides) await side.close();
    await this.#observer.close();
  }
}

/** What the servers keep their objects in, by name: the members of one cluster. */
export const etcdKinds = {
  etcd: () => EtcdProcess.cluster(memberCount),
  "steersman-etcd": async () => [await EtcdProcess.own()],
} as const;
export type EtcdKind = keyof typeof etcdKinds;

/**
 * A history of two of our API servers on three members of one etcd, or on `steersman etcd`, while
 * members and servers are killed, held and cut off; clients use both at once. A seed chooses what
 * is asked and what goes wrong, but not how the machine interleaves it. The file, and what went
 * wrong, in order.
 */
export async function writeEtcdHistory(
  folder: string,
  seed: number,
  count: number,
  kind: EtcdKind = "etcd",
): Promise<{ file: string; faults: EtcdFault[] }> {
  const file = join(folder, `${kind}-${seed}.jsonl`);
  const target = openSync(file, "w");
  const lines = new HistoryLines((line) => writeSync(target, line), seed);
  const book: Book = { lines, shown: { revisions: [], observed: 0, era: 0 }, roll: dice(seed) };
  const members = await etcdKinds[kind]();
  const directories = Array.from({ length: serverCount }, (_, at) =>
    join(folder, `${kind}-data-${seed}-${at}`),
  );
  let arena: Arena | undefined;
  try {
    const sides: Side[] = [];
    for (const directory of directories) sides.push(await Side.of(directory, members));
    arena = new Arena(book, members, sides);
    return { file, faults: await arena.run(count) };
  } finally {
    await arena?.close();
    await Promise.all(members.map((member) => member.close()));
    closeSync(target);
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  }
}
