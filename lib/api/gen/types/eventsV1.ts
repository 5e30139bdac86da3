// Generated from proto/ by `npm run generate`. Do not edit.
import type { EventSource, ObjectReference } from "./coreV1.js";
import type { ListMeta, MicroTime, ObjectMeta, Time } from "./metaV1.js";

/** Event reports that something happened to an object. */
export interface Event {
  apiVersion?: "events.k8s.io/v1";
  kind?: "Event";
  metadata: ObjectMeta;
  /** When it was first seen. */
  eventTime: MicroTime;
  /** How it goes on, where it repeats. */
  series?: EventSeries;
  /** Who reports it. */
  reportingController?: string;
  /** Which instance of the controller. */
  reportingInstance?: string;
  /** What was done or failed. */
  action?: string;
  /** Why, as one word. */
  reason?: string;
  /** What it is about. */
  regarding?: ObjectReference;
  /** Another object that it is about. */
  related?: ObjectReference;
  /** What happened, for people. */
  note?: string;
  /** Normal or Warning. */
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
