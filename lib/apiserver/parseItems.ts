/** What storage lists in JSON, as trees: its chunks are the items, with commas between. */
export function parseItems<T>(chunks: readonly Uint8Array[]): T[] {
  return JSON.parse(`[${Buffer.concat(chunks).toString("utf8")}]`) as T[];
}
