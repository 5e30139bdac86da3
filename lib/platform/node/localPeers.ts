import { readlinkSync, statSync } from "node:fs";
import type { PeerOwner } from "../peerOwner.js";
import { findInTables } from "./socketTables.js";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Of the kernel's table of TCP sockets. */
export interface SocketRow {
  /** The kernel's number: 1 is established. */
  readonly state: number;
  readonly user: number;
  /** 0 for a socket that no process holds. */
  readonly inode: number;
}

export interface SocketHolders {
  readonly holders: readonly { readonly inode: number; readonly cgroups: string }[];
  readonly hidden: readonly string[];
}

/** What is asked of the kernel; another one stands in tests. */
export interface SocketTable {
  /** Undefined where this network namespace has no such connection. */
  row(local: Endpoint, remote: Endpoint): Promise<SocketRow | undefined>;
  /** The processes that hold the sockets, and the cgroups of those that hide what they hold. */
  holders(inodes: readonly number[]): Promise<SocketHolders>;
  /** Whether every process of the machine is seen in /proc. */
  seesAllProcesses(): boolean;
}

const established = 1;
const closeWait = 8;
/** The inode number of the kernel's first process namespace, the same on every machine. */
const firstProcessNamespace = "pid:[4026531836]";
/** Connections that wait to be looked up at once; more of them are unknown at once. */
const maxWaiting = 4_096;

/** The kernel of this machine. */
export const kernelSockets: SocketTable = {
  row: async (local, remote) => {
    const { addon } = await import("../../native/addon.js");
    let row: SocketRow | null;
    try {
      row = addon.tcpSocketRow(local.address, local.port, remote.address, remote.port);
    } catch {
      return findInTables(local, remote);
    }
    return row ?? undefined;
  },
  holders: async (inodes) => {
    const { addon } = await import("../../native/addon.js");
    return addon.findSocketHolders([...inodes]);
  },
  seesAllProcesses: () => {
    try {
      // Mounted with hidepid, /proc does not show the processes of others.
      return readlinkSync("/proc/self/ns/pid") === firstProcessNamespace && !!statSync("/proc/1");
    } catch {
      return false;
    }
  },
};

interface Waiting {
  readonly row: SocketRow;
  readonly resolve: (found: SocketHolders) => void;
  readonly reject: (error: unknown) => void;
}

function unknown(reason: string): PeerOwner {
  return { kind: "unknown", reason };
}

const notOfThisMachine = unknown("it does not come from a process of this machine and its network");

/** Lines of /proc/PID/cgroup: `hierarchy:controllers:path`. */
function cgroupPaths(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(":").slice(2).join(":") || line);
}

/** Looks up who holds the other ends of connections. One look at /proc serves all that wait. */
export class LocalPeers {
  readonly #table: SocketTable;
  /** Bounded by maxWaiting. */
  #waiting: Waiting[] = [];
  #searching = false;

  constructor(table: SocketTable = kernelSockets) {
    this.#table = table;
  }

  /**
   * Never rejects. The connection must not have been read from yet; ownInode is its socket's
   * number, 0 once it has ended. Processes are looked for only where the socket is one of the
   * users'.
   */
  async ownerOf(
    here: Endpoint,
    there: Endpoint,
    users: readonly number[],
    ownInode: () => number,
  ): Promise<PeerOwner> {
    try {
      return await this.#look(here, there, users, ownInode);
    } catch (error) {
      return unknown(`who holds it cannot be told: ${(error as Error).message}`);
    }
  }

  async #look(
    here: Endpoint,
    there: Endpoint,
    users: readonly number[],
    ownInode: () => number,
  ): Promise<PeerOwner> {
    const row = await this.#table.row(there, here);
    if (!row) return notOfThisMachine;
    if (row.state !== established || row.inode === 0) {
      return unknown("its process has closed it already, so whose it was cannot be told");
    }
    if (!users.includes(row.user)) return { kind: "local", user: row.user, cgroups: [] };
    const found = await this.#holdersOf(row);
    // Only while our own end lives is the other one the socket that was found: a pair of ports
    // can be taken anew once both have gone.
    const own = await this.#table.row(here, there);
    const isAlive = own?.state === established || own?.state === closeWait;
    if (!isAlive || own.inode !== ownInode()) return unknown("it has ended already");
    const holders = found.holders.filter(({ inode }) => inode === row.inode);
    const cgroups = holders.flatMap((holder) => cgroupPaths(holder.cgroups));
    if (holders.length > 0) return { kind: "local", user: row.user, cgroups };
    if (found.hidden.length === 0 || !this.#table.seesAllProcesses()) {
      return unknown("no process that holds it is seen in /proc");
    }
    // One of these holds it, whichever it is.
    return { kind: "local", user: row.user, cgroups: found.hidden.flatMap(cgroupPaths) };
  }

  #holdersOf(row: SocketRow): Promise<SocketHolders> {
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(new Error("too many connections came at once"));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      if (!this.#searching) this.#search().catch(() => undefined);
    });
  }

  async #search(): Promise<void> {
    this.#searching = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const found = await this.#table.holders(batch.map(({ row }) => row.inode));
        for (const { resolve } of batch) resolve(found);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#searching = false;
  }
}
