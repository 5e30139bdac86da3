import { apiErrors } from "../api/status.js";
import type { KubernetesObject, ResourceClient } from "../client/resourceClient.js";
import { type MachineOptions, machineOf } from "./machine.js";

export interface WaitOptions extends MachineOptions {
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  /** Rejects with an ApiError (Timeout) after so long. Default 60,000. */
  readonly timeoutMilliseconds?: number;
}

const defaultTimeoutMilliseconds = 60_000;

/**
 * Follows one object until the condition holds and resolves with it; `undefined` is given to the
 * condition while there is no such object. Watches, and lists again when a watch ends. Rejects with
 * ApiError (Timeout) at the deadline, with the signal's reason, or with the server's refusal.
 */
export async function waitUntil<T>(
  client: ResourceClient<T>,
  name: string,
  holds: (object: T | undefined) => boolean,
  options: WaitOptions = {},
): Promise<T | undefined> {
  const { namespace, timeoutMilliseconds = defaultTimeoutMilliseconds } = options;
  const over = new AbortController();
  const late = apiErrors.timeout(
    `${client.type.resource} ${JSON.stringify(name)} was not as wanted within ` +
      `${timeoutMilliseconds} ms`,
  );
  const timer = machineOf(options).clock.setTimer(timeoutMilliseconds, () => over.abort(late));
  const signals = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([over.signal, ...signals]);
  const selection = { namespace, fieldSelector: `metadata.name=${name}`, signal };
  try {
    for (;;) {
      signal.throwIfAborted();
      const list = await client.list(selection);
      const [found] = list.items;
      if (holds(found)) return found;
      const { resourceVersion } = list.metadata;
      for await (const event of client.watch({ ...selection, resourceVersion })) {
        if (event.type === "BOOKMARK") continue;
        if ((event.object as KubernetesObject).metadata?.name !== name) continue;
        const object = event.type === "DELETED" ? undefined : event.object;
        if (holds(object)) return object;
      }
    }
  } finally {
    timer.cancel();
    over.abort();
  }
}
