import type { FlowControlContext } from "../apiServerOptions.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type { FlowControl } from "../flowControl.js";
import type { ResourceRequestInfo } from "../requestInfo.js";
import { DanglingConditions } from "./danglingConditions.js";
import { type ObjectSizes, StoredSizes } from "./objectSizes.js";
import { PriorityAndFairness } from "./priorityAndFairness.js";

/**
 * Priority and fairness over the server's own caches, which keeps its conditions, too. Throws where
 * there would be no seat at all.
 */
export function fairFlowControl(context: FlowControlContext, caches: ServerCaches): FlowControl {
  const { clock, storage, registry, objects, metrics, log } = context;
  const { maxReadOnly, maxMutating } = context;
  if (maxReadOnly + maxMutating <= 0) {
    throw new Error(
      `invalid configuration: MaxRequestsInFlight=${maxReadOnly} and ` +
        `MaxMutatingRequestsInFlight=${maxMutating}; they must add up to something positive`,
    );
  }
  const sizes = new StoredSizes(storage, clock);
  const sizesOf = (info: ResourceRequestInfo): ObjectSizes | undefined => {
    const resource = registry.find(info.group, info.version, info.resource);
    if (resource?.keyPrefix === undefined) return undefined;
    // A list of one namespace is estimated as one of all, as upstream does.
    return sizes.of(resource.prefix(""));
  };
  const conditions = new DanglingConditions(objects, clock, (error) =>
    log("conditions of FlowSchemas", error),
  );
  const { flowSchemas, priorityLevels } = caches;
  return new PriorityAndFairness({
    clock,
    metrics,
    serverSeats: maxReadOnly + maxMutating,
    requestTimeoutMilliseconds: context.requestTimeoutMilliseconds,
    sizesOf,
    objects: {
      flowSchemas: () => flowSchemas.all(),
      priorityLevels: () => priorityLevels.all(),
      sync: async () => {
        await Promise.all([flowSchemas.readYourWrites(), priorityLevels.readYourWrites()]);
      },
      isCurrent: () => {
        const waiting = [flowSchemas.readYourWrites(), priorityLevels.readYourWrites()];
        for (const one of waiting) one?.catch(() => undefined);
        return waiting.every((one) => one === undefined);
      },
      onChange: (callback) => {
        flowSchemas.onChange(callback);
        priorityLevels.onChange(callback);
      },
    },
    onDigest: (schemas, isThere) => conditions.set(schemas, isThere),
    onStop: () => conditions.stop(),
    onError: (error) => log("FlowSchemas and priority levels", error),
  });
}
