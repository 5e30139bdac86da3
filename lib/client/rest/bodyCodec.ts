import { builtInKinds } from "../../api/builtInKinds.js";
import type { Codec } from "../../api/codec.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { isUnstructured, parseApiVersion } from "../../api/resourceType.js";
import { encoded } from "../encoded.js";
import { jsonText } from "../jsonText.js";
import { metadataMediaType } from "../metadataMediaType.js";
import type { ApiCall } from "../transport.js";
import { type FrameDecoder, JsonFrameDecoder, ProtobufFrameDecoder } from "./watchDecoder.js";

export const jsonType = mediaTypes.json;
export const protobufType = mediaTypes.protobuf;

/** Bodies in the media type that a REST client speaks; answers in whichever came. */
export class BodyCodec {
  readonly #codec: Codec | undefined;

  constructor(contentType: "json" | "protobuf", codec: Codec | undefined) {
    this.#codec = contentType === "protobuf" ? codec : undefined;
  }

  accept(call: ApiCall): string {
    if (call.type.metadataOnly === true) return `${metadataMediaType(call.verb)},${jsonType}`;
    const { message } = call.type;
    if (this.#codec === undefined || message === undefined || isUnstructured(call.type)) {
      return jsonType;
    }
    const watch = call.verb === "watch" ? ";stream=watch" : "";
    return `${protobufType}${watch},${jsonType}`;
  }

  encode(body: object): { body: Uint8Array | string; contentType: string } {
    const text = jsonText(body);
    const message = this.#codec === undefined ? undefined : messageOf(body);
    if (this.#codec === undefined || message === undefined) {
      return { body: text, contentType: jsonType };
    }
    const codec = this.#codec;
    const bytes = encoded(() =>
      codec.transcode(
        Buffer.from(text),
        { messageType: message, format: "json" },
        { messageType: message, format: "protobuf" },
      ),
    );
    return { body: bytes, contentType: protobufType };
  }

  decode(bytes: Uint8Array, contentType: string): object {
    return JSON.parse(this.#text(bytes, contentType)) as object;
  }

  /** Never throws: what an intermediary answered need not be of any type. */
  errorText(bytes: Uint8Array, contentType: string): string {
    try {
      return this.#text(bytes, contentType);
    } catch {
      return Buffer.from(bytes).toString("utf8");
    }
  }

  frameDecoder(contentType: string): FrameDecoder {
    return contentType.startsWith(protobufType)
      ? new ProtobufFrameDecoder((raw) => this.decode(raw, protobufType))
      : new JsonFrameDecoder();
  }

  #text(bytes: Uint8Array, contentType: string): string {
    if (!contentType.startsWith(protobufType)) return Buffer.from(bytes).toString("utf8");
    if (this.#codec === undefined) throw new Error("the server answered in protobuf");
    const typeMeta = this.#codec.peekTypeMeta(bytes, "protobuf");
    const message = typeMeta === undefined ? undefined : messageOf(typeMeta);
    if (message === undefined) {
      throw new Error(`unknown kind ${typeMeta?.apiVersion} ${typeMeta?.kind}`);
    }
    const json = this.#codec.transcode(
      bytes,
      { messageType: message, format: "protobuf" },
      { messageType: message, format: "json" },
    );
    return Buffer.from(json).toString("utf8");
  }
}

function messageOf(object: object): string | undefined {
  const { apiVersion, kind } = object as { apiVersion?: string; kind?: string };
  const parsed = parseApiVersion(apiVersion ?? "");
  if (parsed === undefined || kind === undefined) return undefined;
  return builtInKinds.messageOf(parsed.group, parsed.version, kind);
}
