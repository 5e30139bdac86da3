import type { Codec } from "../../api/codec.js";
import type { RangeAllocation } from "../../api/gen/types/coreV1.js";
import { withOwnCodec } from "../../api/ownedCodec.js";
import type { StoredValue } from "../../storage/storage.js";
import { Bitmap } from "./bitmap.js";

/** The key under which every API server finds the node ports that are taken. */
export const nodePortsKey = "/registry/ranges/servicenodeports";

const message = "k8s.io.api.core.v1.RangeAllocation";

/** --service-node-port-range. */
export interface PortBounds {
  readonly first: number;
  readonly last: number;
}

/** What is stored of the node ports: what is taken, in a range that may be another server's. */
export interface StoredPorts {
  readonly bounds: PortBounds | undefined;
  readonly taken: Bitmap;
}

export function formatBounds({ first, last }: PortBounds): string {
  return `${first}-${last}`;
}

function parseBounds(text: string | undefined): PortBounds | undefined {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text ?? "") ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}

export function readPorts(codec: Codec, stored: StoredValue): StoredPorts {
  const { range, data = "" } = treeOf(codec, stored);
  return { bounds: parseBounds(range), taken: new Bitmap(Buffer.from(data, "base64")) };
}

/** What is to be stored; the rest of what is there stays. */
export function encodePorts(
  codec: Codec,
  bounds: PortBounds,
  taken: Bitmap,
  stored: StoredValue | undefined,
): Uint8Array {
  const tree: RangeAllocation = {
    ...(stored === undefined ? { metadata: {} } : treeOf(codec, stored)),
    kind: "RangeAllocation",
    apiVersion: "v1",
    range: formatBounds(bounds),
    data: Buffer.from(taken.bytes).toString("base64"),
  };
  return withOwnCodec(codec, (own) => {
    const text = Buffer.from(JSON.stringify(tree));
    const { object } = own.decode(message, text, { format: "json" });
    if (object === undefined) throw new Error("a RangeAllocation does not decode");
    return object.stored();
  });
}

function treeOf(codec: Codec, { value, modRevision }: StoredValue): RangeAllocation {
  return withOwnCodec(codec, (own) => {
    const object = own.decodeStored(value, message, String(modRevision));
    return JSON.parse(object.json()) as RangeAllocation;
  });
}
