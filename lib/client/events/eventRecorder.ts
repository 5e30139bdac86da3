import { checkArgument } from "../../api/checkArgument.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Event, ObjectReference } from "../../api/gen/types/coreV1.js";
import { object as anObject } from "../../api/optionChecks.js";
import { apiVersionOf, type ResourceType, resourceTypeCheck } from "../../api/resourceType.js";
import { ApiError, hasReason, isNamespaceTerminating } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { type Logger, silentLogger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { Client } from "../client.js";
import type { KubernetesObject } from "../resourceClient.js";
import { type CorrelatedEvent, EventCorrelator } from "./eventCorrelator.js";

/** Warnings are those that a person should look at. */
export type EventType = "Normal" | "Warning";

/** Writes Events about objects, which `kubectl describe` shows. */
export interface EventRecorder {
  /**
   * Never waits, and no server makes it fail: events are sent later, and dropped when the server
   * cannot keep up.
   */
  event(
    about: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    annotations?: Readonly<Record<string, string>>,
  ): void;
}

/**
 * What an event says it is about. Objects of lists and caches carry no kind, so the type gives
 * it.
 *
 * @example
 * ```ts
 * import { Cluster, objectReference, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * const namespace = await cluster.client.resource(resources.namespaces).get("default");
 * const { kind, apiVersion, name } = objectReference(resources.namespaces, namespace);
 * console.log(kind, apiVersion, name); // → Namespace v1 default
 * await cluster.stop();
 * ```
 */
export function objectReference<T>(type: ResourceType<T>, object: T): ObjectReference {
  checkArgument("type", type, resourceTypeCheck);
  checkArgument("object", object, anObject);
  const metadata = (object as KubernetesObject).metadata ?? {};
  return {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name ?? "",
    uid: metadata.uid ?? "",
    ...(metadata.resourceVersion === undefined
      ? {}
      : { resourceVersion: metadata.resourceVersion }),
  };
}

/** Events that wait to be sent; beyond it new ones are dropped, as upstream's broadcaster does. */
const maxQueuedEvents = 1000;
const maxTries = 12;
const retryMilliseconds = 10_000;

export interface EventRecorderOptions {
  readonly client: Client;
  readonly platform: Pick<Platform, "clock" | "random">;
  /** The source's component, for example `deployment-controller`. */
  readonly component: string;
  readonly host?: string;
  readonly logger?: Logger;
  /** Nothing is sent after it. */
  readonly signal?: AbortSignal;
}

/** Writes core/v1 Events one after another; repeated ones raise the count of the first. */
export class ClientEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #logger: Logger;
  #correlator: EventCorrelator | undefined;
  readonly #queue: Event[] = [];
  #sending = false;
  #serial = 0;
  /** Since the queue was last empty. */
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  event(
    about: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    annotations?: Readonly<Record<string, string>>,
  ): void {
    if (this.#options.signal?.aborted === true) return;
    if (this.#queue.length >= maxQueuedEvents) {
      // Said once and counted at the end: a flood of events must not become one of log lines.
      if (this.#dropped++ === 0) {
        this.#logger.warning("Dropping events: too many wait to be sent", { reason });
      }
      return;
    }
    this.#queue.push(this.#make(about, type, reason, message, annotations));
    if (this.#sending) return;
    this.#sending = true;
    void this.#sendAll();
  }

  #make(
    about: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    annotations: Readonly<Record<string, string>> | undefined,
  ): Event {
    const { component, host, platform } = this.#options;
    const milliseconds = platform.clock.now();
    const now = formatTime(milliseconds);
    // Upstream's names end in the time in nanoseconds; the serial stands for what the clock
    // cannot tell apart.
    this.#serial = (this.#serial + 1) % 1_000_000;
    const unique = (BigInt(milliseconds) * 1_000_000n + BigInt(this.#serial)).toString(16);
    return {
      metadata: {
        name: `${about.name}.${unique}`,
        namespace: about.namespace ?? "default",
        ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      },
      involvedObject: about,
      reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
  }

  async #sendAll(): Promise<void> {
    const { clock } = this.#options.platform;
    this.#correlator ??= new EventCorrelator(clock);
    for (;;) {
      const event = this.#queue.shift();
      if (event === undefined || this.#options.signal?.aborted === true) break;
      const result = this.#correlator.correlate(event);
      if (result !== undefined) await this.#send(result);
    }
    this.#sending = false;
    if (this.#dropped > 0) this.#logger.warning("Dropped events", { count: this.#dropped });
    this.#dropped = 0;
  }

  async #send({ event, isUpdate, key }: CorrelatedEvent): Promise<void> {
    const { clock, random } = this.#options.platform;
    const { signal } = this.#options;
    for (let tries = 1; ; tries++) {
      try {
        this.#correlator?.written(key, await this.#write(event, isUpdate));
        return;
      } catch (error) {
        if (signal?.aborted === true) return;
        const refused =
          error instanceof ApiError &&
          !hasReason(error, "ServiceUnavailable", "Timeout", "ServerTimeout", "TooManyRequests");
        if (isNamespaceTerminating(error)) {
          // Every object that goes with a namespace would be told of: nobody could read it there.
          this.#logger.verbose(5).info("Could not write an event", { reason: event.reason, error });
          return;
        }
        if (refused || tries >= maxTries) {
          this.#logger.warning("Could not write an event", { reason: event.reason, error });
          return;
        }
        const delay = tries === 1 ? retryMilliseconds * random.float() : retryMilliseconds;
        await clock.sleep(delay, signal);
      }
    }
  }

  async #write(event: Event, isUpdate: boolean): Promise<Event> {
    const { signal } = this.#options;
    const events = this.#options.client.resource(coreV1.events);
    const options = {
      namespace: event.metadata.namespace ?? "default",
      ...(signal === undefined ? {} : { signal }),
    };
    if (isUpdate) {
      const { count, lastTimestamp, message } = event;
      const body = { count, lastTimestamp, message };
      try {
        return await events.patch(event.metadata.name ?? "", { type: "strategic", body }, options);
      } catch (error) {
        // It has expired meanwhile.
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
    const { resourceVersion: _, ...metadata } = event.metadata;
    return events.create({ ...event, metadata }, options);
  }
}
