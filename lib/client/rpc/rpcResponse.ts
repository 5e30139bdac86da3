import type { Codec } from "../../api/codec.js";
import { lengthDelimitedFields, WireWriter } from "../../api/wire.js";
import type { ApiCall, WatchFrame } from "../transport.js";
import type { RpcTarget } from "./rpcRequest.js";

const statusMessage = "k8s.io.apimachinery.pkg.apis.meta.v1.Status";
const listMetaMessage = "k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta";

/** Reads what the API's gRPC services answer (proto/steersman/v1) as JSON trees. */
export class RpcAnswerReader {
  constructor(readonly codec: Codec) {}

  object(bytes: Uint8Array, call: ApiCall, target: RpcTarget): object {
    if (call.verb === "delete") return this.#deleted(bytes, call, target);
    if (target.typed !== undefined) return this.#message(bytes, target.typed.responseMessage);
    for (const [field, value] of lengthDelimitedFields(bytes)) if (field === 1) return text(value);
    return {};
  }

  /** Adds one chunk of a list to what came before it. */
  listChunk(list: { metadata: object; items: object[] }, bytes: Uint8Array, call: ApiCall): void {
    const { listMessage, message } = call.type;
    if (listMessage !== undefined && message !== undefined) {
      // A chunk's fields are a list message's.
      const part = this.#message(bytes, listMessage) as { metadata?: object; items?: object[] };
      if (list.items.length === 0 && part.metadata !== undefined)
        Object.assign(list.metadata, part.metadata);
      for (const item of part.items ?? []) list.items.push(item);
      return;
    }
    for (const [field, value] of lengthDelimitedFields(bytes)) {
      if (field === 1) Object.assign(list.metadata, this.#message(value, listMetaMessage));
      if (field === 2) list.items.push(text(value));
    }
  }

  watchBatch(bytes: Uint8Array, call: ApiCall): WatchFrame[] {
    const frames: { type: string; object: object }[] = [];
    const typed: Uint8Array[] = [];
    const places: number[] = [];
    for (const [field, event] of lengthDelimitedFields(bytes)) {
      if (field !== 1) continue;
      const frame = { type: "", object: {} };
      for (const [part, value] of lengthDelimitedFields(event)) {
        if (part === 1) frame.type = Buffer.from(value).toString("utf8");
        else if (part === 3) frame.object = this.#message(value, statusMessage);
        else if (part === 2 && call.type.listMessage === undefined) frame.object = text(value);
        else if (part === 2) {
          places.push(frames.length);
          typed.push(value);
        }
      }
      frames.push(frame);
    }
    const objects = this.#objects(typed, call);
    places.forEach((place, index) => {
      (frames[place] as { object: object }).object = objects[index] as object;
    });
    return frames;
  }

  /**
   * Many objects with one crossing into native code: together they are the items of a list
   * message.
   */
  #objects(messages: readonly Uint8Array[], call: ApiCall): object[] {
    const { listMessage, message } = call.type;
    if (messages.length === 0 || listMessage === undefined) return [];
    if (messages.length === 1 && message !== undefined) {
      return [this.#message(messages[0] as Uint8Array, message)];
    }
    const writer = new WireWriter();
    for (const bytes of messages) writer.bytes(2, bytes);
    const list = this.#message(writer.finish(), listMessage) as { items: object[] };
    return list.items;
  }

  #deleted(bytes: Uint8Array, call: ApiCall, target: RpcTarget): object {
    for (const [field, value] of lengthDelimitedFields(bytes)) {
      if (field === 2) return this.#message(value, statusMessage);
      if (field === 1) {
        const message = target.typed === undefined ? undefined : call.type.message;
        return message === undefined ? text(value) : this.#message(value, message);
      }
    }
    return {};
  }

  #message(bytes: Uint8Array, messageType: string): object {
    return text(
      this.codec.transcode(
        bytes,
        { messageType, format: "message" },
        { messageType, format: "json" },
      ),
    );
  }
}

function text(bytes: Uint8Array): object {
  const { buffer, byteOffset, byteLength } = bytes;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString("utf8")) as object;
}
