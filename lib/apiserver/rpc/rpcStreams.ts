import { encodeMessage } from "../../api/messageCodec.js";
import { bytesField, unknownOf } from "../../api/wire.js";
import type { RpcCall, RpcSend } from "../../platform/rpc.js";
import { splitJsonItems, splitMessageItems } from "../registry/splitItems.js";
import { withTypeMeta } from "../registry/watchFrames.js";
import type { WatchSession } from "../registry/watchSession.js";
import type { ListHeader, ServerResult } from "../serverResult.js";
import type { RpcView } from "./rpcServerRequest.js";

/** The revision first, then the items in pieces of bounded size, as the store gave them. */
export async function sendList(
  result: Extract<ServerResult, { kind: "list" }>,
  view: RpcView,
  send: RpcSend,
): Promise<void> {
  const { header, chunks } = result;
  const metadata = {
    resourceVersion: header.resourceVersion,
    ...(header.continue === "" ? {} : { continue: header.continue }),
    ...(header.remainingItemCount === undefined
      ? {}
      : { remainingItemCount: header.remainingItemCount }),
  };
  if (!(await send(encodeMessage("ListChunk", { metadata })))) {
    return;
  }
  for (const chunk of chunks) {
    // Items of typed lists are field 2 already.
    const message = view.format === "message" ? chunk : wholeItems(chunk, view, header);
    if (!(await send(message))) {
      return;
    }
  }
}

/** Items of the dynamic service are each encoded whole, with kind and apiVersion. */
function wholeItems(chunk: Uint8Array, view: RpcView, header: ListHeader): Uint8Array {
  const kind = header.kind.replace(/List$/, "");
  const items =
    view.format === "json"
      ? splitJsonItems(chunk).map((item) => withTypeMeta(item, header.apiVersion, kind))
      : splitMessageItems(chunk).map((item) => unknownOf(header.apiVersion, kind, item));
  return Buffer.concat(items.map((item) => bytesField(2, Buffer.concat(item))));
}

/**
 * Runs a watch into an RPC stream; resolves when it is over. Back pressure stops taking from the
 * store.
 */
export function sendWatch(
  session: WatchSession,
  call: RpcCall,
  send: RpcSend,
  onStop: (callback: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sending = Promise.resolve(true);
    let drained: (() => void) | undefined;
    const forget = onStop(() => session.end());
    session.onClosed(() => {
      forget();
      sending.then(() => resolve(), reject);
    });
    call.signal.addEventListener("abort", () => session.close(), { once: true });
    // A quiet watch has no first message to bring the head: without it nobody knows that it runs.
    call.sendInitialMetadata({});
    session.start({
      write(bytes) {
        // One message is under way at a time: the session waits for the drain.
        sending = sending.then((goesOn) => (goesOn ? send(bytes) : false));
        sending.then(
          (goesOn) => {
            if (!goesOn) {
              session.close();
            } else {
              const callback = drained;
              drained = undefined;
              callback?.();
            }
          },
          () => session.close(),
        );
        return false;
      },
      onDrain(callback) {
        drained = callback;
      },
      end() {
        // What was written goes out before the stream ends: see onClosed.
      },
    });
  });
}
