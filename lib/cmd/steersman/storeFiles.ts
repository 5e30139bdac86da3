import type { Files } from "../../platform/files.js";

const chunkBytes = 1 << 20;
/** A value of 8 MiB in base64, with its key. */
const maxLineBytes = 16 << 20;

/**
 * Writes text to a new file for its owner alone: it holds Secrets. It gets its name when it is
 * whole and on the disk; where it cannot be, nothing is left of it.
 */
export async function writeOwnFile(
  files: Files,
  path: string,
  pieces: Iterable<string>,
): Promise<void> {
  if (await files.exists(path)) throw new Error(`${path} is there already`);
  const unfinished = `${path}.new`;
  try {
    // One that is there may have another mode.
    await files.remove(unfinished);
    await files.writeFile(unfinished, "", 0o600);
    await writeAll(files, unfinished, pieces);
    await files.rename(unfinished, path);
  } catch (error) {
    await files.remove(unfinished);
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

async function writeAll(files: Files, path: string, pieces: Iterable<string>): Promise<void> {
  const handle = await files.open(path, "w");
  try {
    const encoder = new TextEncoder();
    for (const piece of pieces) await handle.write(encoder.encode(piece));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** No bytes are its end. */
function decodeText(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: bytes.length > 0 });
  } catch {
    throw new Error("it is no text: a file of `steersman store export` is expected");
  }
}

/** The lines of a file. Throws where it is missing, and where a line is longer than any can be. */
export async function* readLines(files: Files, path: string): AsyncGenerator<string> {
  const handle = await files.open(path, "r");
  try {
    const buffer = new Uint8Array(chunkBytes);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let rest = "";
    for (;;) {
      const length = await handle.read(buffer, null);
      const text = decodeText(decoder, buffer.subarray(0, length));
      const lines = text.split("\n");
      lines[0] = rest + (lines[0] ?? "");
      rest = lines.pop() ?? "";
      if (rest.length > maxLineBytes) throw new Error(`a line has more than ${maxLineBytes} bytes`);
      yield* lines;
      if (length === 0) break;
    }
    if (rest !== "") yield rest;
  } finally {
    await handle.close();
  }
}
