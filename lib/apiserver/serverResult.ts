import type { Status } from "../api/gen/types/metaV1.js";
import type { ListStream } from "./listStream.js";
import type { WatchSession } from "./registry/watchSession.js";

/** What a list document says of itself. */
export interface ListHeader {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resourceVersion: string;
  readonly continue: string;
  readonly remainingItemCount: number | undefined;
}

/** The result of a request that succeeded; others end with an ApiError. */
export type ServerResult =
  /** One encoded object in the request's view. */
  | {
      readonly kind: "object";
      readonly code: number;
      readonly bytes: Uint8Array;
      /** Where the object is a Status: gRPC sends it apart. */
      readonly status?: Status;
    }
  /** A list in pieces: the items' chunks stand between the header and the document's end. */
  | {
      readonly kind: "list";
      readonly header: ListHeader;
      readonly format: "json" | "protobuf" | "message";
      readonly chunks: readonly Uint8Array[];
    }
  /** A list that is sent without passing through here: only where the request takes one. */
  | { readonly kind: "listStream"; readonly stream: ListStream }
  | { readonly kind: "watch"; readonly session: WatchSession }
  /** A document that is no API object in the request's view: discovery, health, metrics. */
  | {
      readonly kind: "document";
      readonly code: number;
      readonly contentType: string;
      readonly body: Uint8Array | string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A connector has sent the response on the transport itself. */
  | { readonly kind: "sent" };
