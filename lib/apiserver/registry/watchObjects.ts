import { FieldSelector } from "../../api/fields.js";
import { apiErrors } from "../../api/status.js";
import {
  type DirectWatch,
  type Revision,
  type Selector,
  StorageError,
  type View,
  type WatchOptions,
  type WatchStream,
} from "../../storage/storage.js";
import { mediaTypeOf } from "../http/negotiateMediaType.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableFrames } from "../table/tableFrames.js";
import { InitialEvents, type InitialEventsOptions } from "./initialEvents.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { isReached, parseResourceVersion, validateListOptions } from "./resourceVersion.js";
import { isTable, storageView, streamedMediaTypes, viewOf } from "./responseView.js";
import { selectorOf } from "./selectors.js";
import type { ServedResource } from "./servedResource.js";
import type { WatchFraming } from "./watchFrames.js";
import { WatchSession } from "./watchSession.js";

/** As good as never: what one timer can wait. */
const longestTimerSeconds = 2_000_000;

export async function watchObjects(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<ServerResult> {
  const { options, info } = request;
  validateListOptions(options, true);
  const view = storageView(request, resource);
  const contentType = watchContentType(request);
  const framing = request.view?.transport === "rpc" ? "message" : view.format;
  const name = info.isResourceRequest ? info.name : "";
  const selector = selectorOf(resource, options, name);
  requireSameName(info, options.fieldSelector);
  const exact = name !== "" && (!resource.namespaced || namespace !== "");
  const prefix = resource.prefix(namespace);
  const asked = parseResourceVersion(options.resourceVersion, "watch");
  const wantsInitial = options.sendInitialEvents ?? (asked === undefined || asked === 0);
  const hasState = wantsInitial && (await isReached(deps, request, asked));
  const current = deps.storage.currentRevision();
  const { metrics } = deps;
  const labels = [resource.group, resource.version, resource.resource] as const;
  const { direct } = deps.storage;
  const initialEventsEnd = wantsInitial && options.allowWatchBookmarks;
  const key = { prefix: exact ? resource.key(namespace, name) : prefix, exact };
  const form = { framing, view, selector, mayBeOld: asked !== undefined } as const;
  const { initial, state } = hasState
    ? await beginningOf(deps, request, resource, { ...form, key, prefix, initialEventsEnd })
    : {};
  const from = initial?.revision ?? (asked === undefined || asked === 0 ? current : asked);
  const table = isTable(request) ? tableFrames(deps, request, resource) : undefined;
  const events = metrics.watchEvents.with(...labels);
  const eventSizes = metrics.watchEventSizes.with(...labels);
  const running = metrics.longRunning(info, request.method);
  running.add(1);
  const what = { ...key, framing, view, selector, afterRevision: from };
  const isDirect = table === undefined && (hasState || !wantsInitial);
  const session = new WatchSession({
    codec: deps.codec,
    clock: deps.clock,
    framing,
    contentType,
    initial,
    ...(state === undefined ? {} : { state }),
    bookmarks: options.allowWatchBookmarks,
    initialEventsEnd,
    timeoutSeconds: timeoutSecondsOf(deps, options.timeoutSeconds),
    transform: table,
    open: (onReady) => {
      // The state at a revision that is still to come: told in the stream, as upstream does.
      if (wantsInitial && !hasState) {
        throw apiErrors.tooLargeResourceVersion(options.resourceVersion, String(current));
      }
      return openWatch(deps, { ...what, onReady });
    },
    ...(direct === undefined || !isDirect
      ? {}
      : {
          direct: () =>
            direct.watch(watchOptions(what), metrics.directWatches.figuresOf(direct, labels)),
        }),
    onEvents: (count, bytes) => {
      events.increment(count);
      eventSizes.observe(bytes);
    },
    onClose: () => running.add(-1),
  });
  if (resource.isUnstructured) session.onClosed(resource.service.onEnd(() => session.finish()));
  return { kind: "watch", session };
}

interface Beginning {
  /** What the session writes of it. */
  readonly initial?: InitialEvents;
  /** All of the watch, where the session need not write anything. */
  readonly state?: DirectWatch;
}

/** What there is when a watch begins. */
async function beginningOf(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  what: Omit<InitialEventsOptions, "resource"> & {
    readonly key: { readonly prefix: string; readonly exact: boolean };
    readonly initialEventsEnd: boolean;
  },
): Promise<Beginning> {
  const { key, initialEventsEnd: marksEnd, ...state } = what;
  const { direct } = deps.storage;
  if (direct === undefined || isTable(request) || request.takesSource !== true) {
    return { initial: await InitialEvents.open(deps, { ...state, resource }) };
  }
  const { selector, prefix: statePrefix, ...form } = state;
  const selected = selector === undefined ? {} : { selector };
  const labels = [resource.group, resource.version, resource.resource] as const;
  const options = { ...form, ...selected, ...key, statePrefix, marksEnd };
  const figures = deps.metrics.directWatches.figuresOf(direct, labels);
  return { state: await direct.stateWatch(options, figures) };
}

/** A name in the path and another one in the selector: which is meant? */
function requireSameName(info: AuthenticatedRequest["info"], fieldSelector: string): void {
  if (!info.isResourceRequest || info.isWatchPath !== true || info.name === "") return;
  const selected = FieldSelector.parse(fieldSelector).requiredValue("metadata.name");
  if (selected !== undefined && selected !== info.name) {
    throw apiErrors.badRequest("fieldSelector metadata.name doesn't match requested name");
  }
}

function watchContentType(request: AuthenticatedRequest): string {
  const view = viewOf(request);
  if (view.transport === "rpc") {
    return "";
  }
  if (view.accepted.format === "yaml") {
    throw apiErrors.notAcceptable(streamedMediaTypes);
  }
  const mediaType = mediaTypeOf[view.accepted.format];
  return view.accepted.format === "protobuf" ? `${mediaType};stream=watch` : mediaType;
}

function timeoutSecondsOf(deps: RegistryDependencies, asked: number | undefined): number {
  if (asked !== undefined && asked !== 0) return Math.min(asked, longestTimerSeconds);
  const least = deps.minRequestTimeoutSeconds;
  if (least === 0) return longestTimerSeconds;
  return Math.min(least * (1 + deps.random.float()), longestTimerSeconds);
}

interface WatchedObjects {
  readonly prefix: string;
  readonly exact: boolean;
  readonly framing: WatchFraming;
  readonly view: View;
  readonly selector: Selector | undefined;
  readonly afterRevision: Revision;
}

function watchOptions({ selector, ...what }: WatchedObjects): Omit<WatchOptions, "onReady"> {
  return selector === undefined ? what : { ...what, selector };
}

function openWatch(
  deps: RegistryDependencies,
  what: WatchedObjects & { readonly onReady: () => void },
): WatchStream {
  try {
    return deps.storage.watch({ ...watchOptions(what), onReady: what.onReady });
  } catch (error) {
    if (error instanceof StorageError && error.reason === "compacted") {
      const oldest = error.revision ?? deps.storage.currentRevision();
      throw apiErrors.expired(`too old resource version: ${what.afterRevision} (${oldest})`);
    }
    if (error instanceof StorageError && error.reason === "tooManyWatchers") {
      throw apiErrors.tooManyRequests(error.message, 1);
    }
    throw error;
  }
}
