import { readFile } from "node:fs/promises";
import type { Endpoint, SocketRow } from "./localPeers.js";

/** Both tables: an IPv4 connection of an IPv6 socket is a row of the second. */
const tables = ["/proc/net/tcp", "/proc/net/tcp6"];

function hexWord(bytes: readonly number[]): string {
  // The kernel prints each 32-bit word as this machine's number; all of ours are little-endian.
  return [...bytes]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function bytesOf(address: string): number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [head = "", tail] = address.split("::");
  const words = (text: string): number[] =>
    text === ""
      ? []
      : text.split(":").flatMap((word) => {
          if (word.includes(".")) return word.split(".").map(Number);
          const value = Number.parseInt(word, 16);
          return [value >> 8, value & 0xff];
        });
  const before = words(head);
  const after = tail === undefined ? [] : words(tail);
  return [...before, ...Array<number>(16 - before.length - after.length).fill(0), ...after];
}

function hexAddress(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) text += hexWord(bytes.slice(at, at + 4));
  return text.toUpperCase();
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** How the tables may write an endpoint: IPv4 also mapped into IPv6. */
function forms({ address, port }: Endpoint): string[] {
  const bytes = bytesOf(address);
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const mapped = bytes.length === 4 ? [hexAddress([...mappedPrefix, ...bytes]) + end] : [];
  return [hexAddress(bytes) + end, ...mapped];
}

/** The row of one connection in the text of /proc/net/tcp or tcp6; see proc(5). */
export function rowInTable(text: string, local: Endpoint, remote: Endpoint): SocketRow | undefined {
  const locals = forms(local);
  const remotes = forms(remote);
  for (const [index, form] of locals.entries()) {
    const at = text.indexOf(` ${form} ${remotes[index]} `);
    if (at < 0) continue;
    const end = text.indexOf("\n", at);
    const fields = text
      .slice(at, end < 0 ? undefined : end)
      .trim()
      .split(/\s+/);
    const [, , state = "", , , , user = "", , inode = ""] = fields;
    return { state: Number.parseInt(state, 16), user: Number(user), inode: Number(inode) };
  }
  return undefined;
}

/** For kernels that do not answer sock_diag. Rejects where the tables cannot be read. */
export async function findInTables(
  local: Endpoint,
  remote: Endpoint,
): Promise<SocketRow | undefined> {
  for (const table of tables) {
    const row = rowInTable(await readFile(table, "latin1"), local, remote);
    if (row) return row;
  }
  return undefined;
}
