import { coreV1 } from "../../api/gen/resources.js";
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from "../../api/gen/types/coreV1.js";
import { podResources, type ResourceList } from "../../api/pods/podResources.js";
import { Quantity } from "../../api/quantity.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, onPrefix } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden, isPods } from "./forbidden.js";
import { objectOf } from "./typedObjects.js";

const annotation = "kubernetes.io/limit-ranger";

/** Defaults and bounds of what pods and claims of a namespace may ask for. */
export class LimitRanger implements AdmissionPlugin {
  readonly name = "LimitRanger";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    if (group !== "") return false;
    if (subresource === "resize") return resource === "pods" && operation === "UPDATE";
    if (subresource !== "") return false;
    if (resource === "pods") return operation === "CREATE";
    return resource === "persistentvolumeclaims" && operation !== "DELETE";
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    // Who resizes says what is wanted: nothing is filled in for them.
    if (attributes.subresource !== "") return;
    return this.#withRanges(attributes, (ranges) => {
      if (!isPods(attributes.group, attributes.resource)) return;
      for (const range of ranges) applyDefaults(objectOf(attributes, coreV1.pods), range);
    });
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    return this.#withRanges(attributes, (ranges) => {
      const problems = ranges.flatMap((range) =>
        (range.spec?.limits ?? []).flatMap((item) =>
          isPods(attributes.group, attributes.resource)
            ? podProblems(objectOf(attributes, coreV1.pods), item)
            : claimProblems(objectOf(attributes, coreV1.persistentvolumeclaims), item),
        ),
      );
      if (problems.length === 0) return;
      const why = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
      throw forbidden(attributes, why ?? "");
    });
  }

  writeGrounds({ namespace }: AdmissionAttributes): Grounds | undefined {
    const { limitRanges } = this.#caches;
    if (limitRanges.inNamespace(namespace).length > 0) return undefined;
    return onPrefix("/registry/limitranges/");
  }

  #withRanges(
    attributes: AdmissionAttributes,
    action: (ranges: readonly LimitRange[]) => void,
  ): void | Promise<void> {
    const { limitRanges } = this.#caches;
    const run = (): void => {
      const ranges = limitRanges.inNamespace(attributes.namespace);
      if (ranges.length > 0) action(ranges);
    };
    const behind = limitRanges.readYourWrites();
    if (behind === undefined) run();
    else return behind.then(run);
  }
}

function applyDefaults(pod: Pod, range: LimitRange): void {
  const set: string[] = [];
  const lists = [
    ["container", pod.spec.containers],
    ["init container", pod.spec.initContainers],
  ] as const;
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== "Container") continue;
    for (const [what, containers] of lists) {
      for (const container of containers ?? []) {
        const requests = fillIn(container, "requests", item.defaultRequest);
        const limits = fillIn(container, "limits", item.default);
        if (requests !== "") set.push(`${requests} request for ${what} ${container.name}`);
        if (limits !== "") set.push(`${limits} limit for ${what} ${container.name}`);
      }
    }
  }
  if (set.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${set.join("; ")}`,
  };
}

function fillIn(
  container: Container,
  field: "requests" | "limits",
  defaults: ResourceList | undefined,
): string {
  const missing = Object.entries(defaults ?? {}).filter(
    ([name]) => container.resources?.[field]?.[name] === undefined,
  );
  if (missing.length === 0) return "";
  container.resources = {
    ...container.resources,
    [field]: { ...container.resources?.[field], ...Object.fromEntries(missing) },
  };
  return missing
    .map(([name]) => name)
    .sort()
    .join(", ");
}

function podProblems(pod: Pod, item: LimitRangeItem): string[] {
  if (item.type === "Container") {
    const containers = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
    return containers.flatMap(({ resources }) =>
      boundProblems(item, resources?.requests ?? {}, resources?.limits ?? {}),
    );
  }
  if (item.type !== "Pod") return [];
  return boundProblems(item, podResources(pod, "requests"), podResources(pod, "limits"));
}

function claimProblems(claim: PersistentVolumeClaim, item: LimitRangeItem): string[] {
  if (item.type !== "PersistentVolumeClaim") return [];
  const requests = claim.spec?.resources?.requests ?? {};
  return [
    ...minimumProblems({ type: item.type, ...(item.min ? { min: item.min } : {}) }, requests, {}),
    ...Object.entries(item.max ?? {}).flatMap(([name, bound]) => {
      const asked = requests[name];
      if (asked === undefined || parse(asked).compare(parse(bound)) <= 0) return [];
      return [`maximum ${name} usage per ${item.type} is ${bound}, but request is ${asked}`];
    }),
  ];
}

function boundProblems(item: LimitRangeItem, requests: ResourceList, limits: ResourceList) {
  return [
    ...minimumProblems(item, requests, limits),
    ...maximumProblems(item, requests, limits),
    ...ratioProblems(item, requests, limits),
  ];
}

function parse(text: string): Quantity {
  return Quantity.tryParse(text) ?? Quantity.zero;
}

function minimumProblems(item: LimitRangeItem, requests: ResourceList, limits: ResourceList) {
  return Object.entries(item.min ?? {}).flatMap(([name, bound]) => {
    const lead = `minimum ${name} usage per ${item.type} is ${bound}`;
    const request = requests[name];
    const limit = limits[name];
    if (request === undefined) return [`${lead}.  No request is specified`];
    if (parse(request).compare(parse(bound)) < 0) return [`${lead}, but request is ${request}`];
    if (limit !== undefined && parse(limit).compare(parse(bound)) < 0) {
      return [`${lead}, but limit is ${limit}`];
    }
    return [];
  });
}

function maximumProblems(item: LimitRangeItem, requests: ResourceList, limits: ResourceList) {
  return Object.entries(item.max ?? {}).flatMap(([name, bound]) => {
    const lead = `maximum ${name} usage per ${item.type} is ${bound}`;
    const request = requests[name];
    const limit = limits[name];
    if (limit === undefined) return [`${lead}.  No limit is specified`];
    if (parse(limit).compare(parse(bound)) > 0) return [`${lead}, but limit is ${limit}`];
    if (request !== undefined && parse(request).compare(parse(bound)) > 0) {
      return [`${lead}, but request is ${request}`];
    }
    return [];
  });
}

function ratioProblems(item: LimitRangeItem, requests: ResourceList, limits: ResourceList) {
  return Object.entries(item.maxLimitRequestRatio ?? {}).flatMap(([name, bound]) => {
    const lead = `${name} max limit to request ratio per ${item.type} is ${bound}`;
    const request = parse(requests[name] ?? "0");
    const limit = parse(limits[name] ?? "0");
    if (request.isZero()) return [`${lead}, but no request is specified or request is 0`];
    if (limit.isZero()) return [`${lead}, but no limit is specified or limit is 0`];
    const ratio = Number(limit.nanos) / Number(request.nanos);
    const most = Number(parse(bound).nanos) / 1e9;
    return ratio > most ? [`${lead}, but provided ratio is ${ratio.toFixed(6)}`] : [];
  });
}
