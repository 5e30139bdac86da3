import type { Platform } from "../../platform/platform.js";

const limitMilliseconds = 60_000;
const pollMilliseconds = 50;
const answerMilliseconds = 2_000;

/** A question for a name's IPv4 addresses, as TCP carries it: with its length before it. */
function question(name: string): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  // Id 1, recursion desired, one question; then the name, type A, class IN.
  const message = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1];
  return Uint8Array.from([0, message.length, ...message]);
}

/** By the head of the response: no error, and at least one record. */
const isGood = (head: Buffer): boolean =>
  (head.readUInt8(5) & 0x0f) === 0 && head.readUInt16BE(8) > 0;

async function answers(
  { network }: Pick<Platform, "network">,
  server: { readonly address: string; readonly port: number },
  name: string,
): Promise<boolean> {
  const target = { host: server.address, port: server.port };
  const options = { timeoutMilliseconds: answerMilliseconds };
  const socket = await network.connect(target, options).catch(() => undefined);
  if (socket === undefined) return false;
  const limit = AbortSignal.timeout(answerMilliseconds);
  const giveUp = (): void => void socket.destroy();
  limit.addEventListener("abort", giveUp);
  try {
    socket.write(question(name));
    let read = Buffer.alloc(0);
    for await (const chunk of socket) {
      read = Buffer.concat([read, chunk as Buffer]);
      if (read.length >= 14) return isGood(read);
    }
    return false;
  } catch {
    return false;
  } finally {
    limit.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}

/**
 * Resolves when the DNS server has an address for the name. Rejects with where its log is when it
 * takes too long, and when the signal aborts.
 */
export async function untilDnsResponds(
  platform: Pick<Platform, "clock" | "network">,
  server: { readonly address: string; readonly port: number },
  name: string,
  signal: AbortSignal,
  log: string,
): Promise<void> {
  const { clock } = platform;
  const end = clock.monotonic() + limitMilliseconds;
  while (!(await answers(platform, server, name))) {
    if (clock.monotonic() > end) throw new Error(`the cluster's DNS does not answer: see ${log}`);
    await clock.sleep(pollMilliseconds, signal);
    signal.throwIfAborted();
  }
}
