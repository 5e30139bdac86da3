// Generated from proto/ by `npm run generate`. Do not edit.
import type { EventSource, ObjectReference } from "./coreV1.js";
import type { ListMeta, MicroTime, ObjectMeta, Time } from "./metaV1.js";

/** Event of events.k8s.io/v1. */
export interface Event {
  apiVersion?: "events.k8s.io/v1";
  kind?: "Event";
  metadata: ObjectMeta;
  eventTime: MicroTime;
  series?: EventSeries;
  reportingController?: string;
  reportingInstance?: string;
  action?: string;
  reason?: string;
  regarding?: ObjectReference;
  related?: ObjectReference;
  note?: string;
  type?: string;
  deprecatedSource?: EventSource;
  deprecatedFirstTimestamp?: Time;
  deprecatedLastTimestamp?: Time;
  deprecatedCount?: number;
}

/** EventList of events.k8s.io/v1. */
export interface EventList {
  apiVersion?: "events.k8s.io/v1";
  kind?: "EventList";
  metadata: ListMeta;
  items: Event[];
}

/** EventSeries of k8s.io/api/events/v1. */
export interface EventSeries {
  count: number;
  lastObservedTime: MicroTime;
}
