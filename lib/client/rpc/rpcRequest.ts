import { builtInKinds } from "../../api/builtInKinds.js";
import type { Codec } from "../../api/codec.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { isUnstructured, parseApiVersion } from "../../api/resourceType.js";
import { dynamicPath, type RpcMethod, rpcMethods } from "../../api/rpcMethods.js";
import { WireWriter } from "../../api/wire.js";
import { encoded } from "../encoded.js";
import { jsonText } from "../jsonText.js";
import { metadataMediaType } from "../metadataMediaType.js";
import type { Patch } from "../requestOptions.js";
import type { ApiCall } from "../transport.js";

const meta = "k8s.io.apimachinery.pkg.apis.meta.v1";
const json = mediaTypes.json;

const patchTypes: Readonly<Record<Patch["type"], string>> = {
  json: mediaTypes.jsonPatch,
  merge: mediaTypes.mergePatch,
  strategic: mediaTypes.strategicMergePatch,
  apply: mediaTypes.applyYaml,
};

/** The method that a call goes to: the typed one of its resource, else the dynamic service's. */
export interface RpcTarget {
  readonly path: string;
  /** Absent: dynamic, with objects as JSON text. */
  readonly typed?: RpcMethod;
}

const targets = new Map<string, RpcTarget>();

/** Looked up once a resource, subresource and verb: as many entries as there are typed methods. */
export function rpcTarget(call: ApiCall): RpcTarget {
  const { message } = call.type;
  if (message === undefined || isUnstructured(call.type)) return { path: dynamicPath(call.verb) };
  const key = `${message} ${call.subresource} ${call.verb}`;
  let target = targets.get(key);
  if (target === undefined) {
    const typed = [...rpcMethods().values()].find(
      (method) =>
        method.resource.message === message &&
        method.subresource === call.subresource &&
        method.verb === call.verb,
    );
    target = typed === undefined ? { path: dynamicPath(call.verb) } : { path: typed.path, typed };
    targets.set(key, target);
  }
  return target;
}

/** A call's request message, as proto/steersman/v1/requests.proto numbers its fields. */
export function encodeRpcRequest(codec: Codec, call: ApiCall, target: RpcTarget): Uint8Array {
  const writer = new WireWriter().string(1, call.namespace);
  const options = (name: string, of: object): Uint8Array | undefined =>
    encodeOptions(codec, `${meta}.${name}`, of);
  switch (call.verb) {
    case "get":
      writer.string(2, call.name).bytes(3, options("GetOptions", call.parameters));
      break;
    case "list":
    case "watch":
      writer.bytes(2, options("ListOptions", call.parameters));
      break;
    case "create":
    case "update":
      writer.string(2, call.name).bytes(3, encodeObject(codec, call.body ?? {}, target));
      writer.bytes(
        4,
        options(call.verb === "create" ? "CreateOptions" : "UpdateOptions", call.parameters),
      );
      break;
    case "patch":
      if (call.patch === undefined) throw new Error("a patch call has no patch");
      writer.string(2, call.name).string(3, patchTypes[call.patch.type]);
      writer.bytes(4, Buffer.from(jsonText(call.patch.body)));
      writer.bytes(5, options("PatchOptions", call.parameters));
      break;
    case "delete":
      writer.string(2, call.name).bytes(3, options("DeleteOptions", call.body ?? {}));
      break;
    case "deletecollection":
      writer.bytes(2, options("DeleteOptions", call.body ?? {}));
      writer.bytes(3, options("ListOptions", call.parameters));
      break;
  }
  if (target.typed === undefined) {
    const { group, version, resource } = call.type;
    const reference = new WireWriter().string(1, group).string(2, version).string(3, resource);
    writer
      .bytes(15, reference.string(4, call.subresource).finish())
      .string(16, call.type.metadataOnly === true ? metadataMediaType(call.verb) : json);
    if (call.verb === "create" || call.verb === "update") writer.string(17, json);
  }
  return writer.finish();
}

function encodeObject(codec: Codec, body: object, target: RpcTarget): Uint8Array {
  const text = Buffer.from(jsonText(body));
  const messageType = target.typed?.requestMessage;
  if (messageType === undefined) return text;
  const from = { messageType: bodyMessage(body) ?? messageType, format: "json" } as const;
  return encoded(() => codec.transcode(text, from, { messageType, format: "message" }));
}

function bodyMessage(body: object): string | undefined {
  const { apiVersion, kind } = body as { apiVersion?: string; kind?: string };
  const parsed = parseApiVersion(apiVersion ?? "");
  return parsed === undefined
    ? undefined
    : builtInKinds.messageOf(parsed.group, parsed.version, kind ?? "");
}

/** Options that are not set at all are left out. */
function encodeOptions(codec: Codec, messageType: string, from: object): Uint8Array | undefined {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined || value === "" || name === "watch") continue;
    if (name === "kind" || name === "apiVersion") continue;
    options[name] = name === "dryRun" && !Array.isArray(value) ? [value] : value;
  }
  if (Object.keys(options).length === 0) return undefined;
  const text = Buffer.from(jsonText(options));
  const json = { messageType, format: "json" } as const;
  return encoded(() => codec.transcode(text, json, { messageType, format: "message" }));
}
