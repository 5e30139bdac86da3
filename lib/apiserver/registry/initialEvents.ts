import { unknownOf } from "../../api/wire.js";
import type { EncodedList, Revision, Selector, View } from "../../storage/storage.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { splitJsonItems, splitMessageItems } from "./splitItems.js";
import { type WatchFraming, watchFrame, withTypeMeta } from "./watchFrames.js";

/** Objects and bytes read and framed at once: a turn of the loop, and what one watch holds. */
const pageLimit = 500;
const pageBytes = 128 * 1024;

export interface InitialEventsOptions {
  readonly resource: ServedResource;
  readonly prefix: string;
  readonly view: View;
  readonly selector: Selector | undefined;
  readonly framing: WatchFraming;
  /** As GetOptions. */
  readonly mayBeOld: boolean;
}

/**
 * The state that a watch begins with, as ADDED events of one revision. A page is read when the
 * one before has been written, so that a slow client holds one page and not the whole state.
 */
export class InitialEvents {
  readonly #deps: Pick<RegistryDependencies, "storage">;
  readonly #options: InitialEventsOptions;
  #page: EncodedList;
  #state: "unwritten" | "written" = "unwritten";

  private constructor(
    deps: Pick<RegistryDependencies, "storage">,
    options: InitialEventsOptions,
    first: EncodedList,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.#page = first;
  }

  /** Reads the first page, which fixes the revision. */
  static async open(
    deps: Pick<RegistryDependencies, "storage">,
    options: InitialEventsOptions,
  ): Promise<InitialEvents> {
    return new InitialEvents(deps, options, await readPage(deps, options, undefined));
  }

  get revision(): Revision {
    return this.#page.revision;
  }

  /** The next page's frames; undefined at the end. Rejects with compacted when it took too long. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#state === "written") {
      if (this.#page.nextKey === undefined) {
        return undefined;
      }
      this.#page = await readPage(this.#deps, this.#options, this.#page);
    }
    this.#state = "written";
    const frames = framePage(this.#page, this.#options);
    // The client may need long for them: they are there once.
    this.#page = { ...this.#page, chunks: [] };
    return frames;
  }
}

function readPage(
  deps: Pick<RegistryDependencies, "storage">,
  { prefix, view, selector, mayBeOld }: InitialEventsOptions,
  before: EncodedList | undefined,
): Promise<EncodedList> {
  return deps.storage.list({
    prefix,
    view,
    limit: pageLimit,
    maxBytes: pageBytes,
    mayBeOld,
    ...(selector === undefined ? {} : { selector }),
    ...(before?.nextKey === undefined
      ? {}
      : { revision: before.revision, startAfterKey: before.nextKey }),
  });
}

function framePage(page: EncodedList, options: InitialEventsOptions): Uint8Array {
  const { resource, view, framing } = options;
  const partial = view.part === "metadata";
  const apiVersion = partial ? "meta.k8s.io/v1" : resource.apiVersion;
  const kind = partial ? "PartialObjectMetadata" : resource.kind;
  const pieces: Uint8Array[] = [];
  for (const chunk of page.chunks) {
    if (view.format === "json") {
      for (const item of splitJsonItems(chunk)) {
        pieces.push(...watchFrame(framing, "ADDED", withTypeMeta(item, apiVersion, kind)));
      }
    } else {
      for (const item of splitMessageItems(chunk)) {
        const object = view.format === "protobuf" ? unknownOf(apiVersion, kind, item) : [item];
        pieces.push(...watchFrame(framing, "ADDED", object));
      }
    }
  }
  return Buffer.concat(pieces);
}
