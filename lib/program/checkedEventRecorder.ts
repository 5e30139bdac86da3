import { checkArgument } from "../api/checkArgument.js";
import type { ObjectReference } from "../api/gen/types/coreV1.js";
import { type OptionCheck, object, oneOf, string, text } from "../api/optionChecks.js";
import type { EventRecorder, EventType } from "../client/events/eventRecorder.js";

const namedTexts: OptionCheck = (value) =>
  object(value) === undefined &&
  Object.values(value as object).every((one) => string(one) === undefined)
    ? undefined
    : "an object of texts";
const eventType = oneOf("Normal", "Warning");

/** Throws an OptionError for an event that no server would take; else as the recorder within. */
export class CheckedEventRecorder implements EventRecorder {
  readonly #recorder: EventRecorder;

  constructor(recorder: EventRecorder) {
    this.#recorder = recorder;
  }

  event(
    about: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    annotations?: Readonly<Record<string, string>>,
  ): void {
    checkArgument("about", about, (value) =>
      object(value) === undefined ? undefined : "a reference, as `objectReference()` makes it",
    );
    checkArgument("about.kind", about.kind, text);
    checkArgument("about.name", about.name, text);
    checkArgument("type", type, eventType);
    checkArgument("reason", reason, text);
    checkArgument("message", message, string);
    if (annotations !== undefined) checkArgument("annotations", annotations, namedTexts);
    this.#recorder.event(about, type, reason, message, annotations);
  }
}
