import { checkArgument } from "../api/checkArgument.js";
import { isGivenPromise } from "../api/givenPromise.js";
import {
  abortSignal,
  callable,
  having,
  milliseconds,
  namespaceName,
  type OptionCheck,
  shown,
  someMachine,
  text,
} from "../api/optionChecks.js";
import { OptionError } from "../api/optionError.js";
import { apiErrors } from "../api/status.js";
import type { KubernetesObject, ResourceClient } from "../client/resourceClient.js";
import { checkProgramOptions } from "./checkProgramOptions.js";
import { type MachineOptions, machineOf } from "./machine.js";

/** Where the object is, and how long to wait. */
export interface WaitOptions extends MachineOptions {
  /** Of a namespaced resource. Default: the client's, see `Client.inNamespace`. */
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  /** Rejects with an ApiError (Timeout) after so long. Default 60,000. */
  readonly timeoutMilliseconds?: number;
}

const defaultTimeoutMilliseconds = 60_000;

const isResourceClient = having(
  "a client of one resource, as `client.resource(resources.pods)`",
  ...["list", "watch", "type"],
);

const optionChecks: Readonly<Record<keyof WaitOptions, OptionCheck>> = {
  platform: someMachine,
  namespace: namespaceName,
  signal: abortSignal,
  timeoutMilliseconds: milliseconds,
};

/**
 * Follows one object until the condition holds and resolves with it; `undefined` is given to the
 * condition while there is no such object. Watches, and lists again when a watch ends. Rejects with
 * ApiError (Timeout) at the deadline, with the signal's reason, or with the server's refusal.
 *
 * @example
 * ```ts
 * import { Cluster, resources, waitUntil } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 1 });
 * const pods = cluster.client.inNamespace("default").resource(resources.pods);
 * const containers = [{ name: "web", image: "registry.local/web:1" }];
 * await pods.create({ metadata: { name: "web" }, spec: { containers } });
 * const pod = await waitUntil(pods, "web", (one) => one?.status?.phase === "Running");
 * console.log(pod?.spec?.nodeName); // → node-0
 * await cluster.stop();
 * ```
 */
export async function waitUntil<T>(
  client: ResourceClient<T>,
  name: string,
  holds: (object: T | undefined) => boolean,
  options: WaitOptions = {},
): Promise<T | undefined> {
  checkArgument("client", client, isResourceClient);
  checkProgramOptions(options, optionChecks);
  if (text(name) !== undefined) throw new OptionError("name", `${shown(name)} is no name`);
  if (callable(holds) !== undefined) {
    throw new OptionError("holds", `${shown(holds)} is not a function of the object`);
  }
  const { namespace = client.namespace, timeoutMilliseconds = defaultTimeoutMilliseconds } =
    options;
  if (client.type.namespaced && namespace === undefined) {
    const why = `${client.type.resource} have one, and neither the options nor the client say which`;
    throw new OptionError("namespace", why);
  }
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
      if (isHeld(holds(found))) return found;
      const { resourceVersion } = list.metadata;
      for await (const event of client.watch({ ...selection, resourceVersion })) {
        if (event.type === "BOOKMARK") continue;
        if ((event.object as KubernetesObject).metadata?.name !== name) continue;
        const object = event.type === "DELETED" ? undefined : event.object;
        if (isHeld(holds(object))) return object;
      }
    }
  } finally {
    timer.cancel();
    over.abort();
  }
}

/** A promise would hold at once, whatever it becomes. */
function isHeld(said: unknown): boolean {
  if (isGivenPromise(said)) {
    throw new OptionError("holds", "it gave a promise: it has to say at once whether it holds");
  }
  return Boolean(said);
}
