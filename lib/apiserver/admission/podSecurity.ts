import { semanticEqual } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Namespace, Pod, PodSpec, PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import { apiErrors } from "../../api/status.js";
import type { Storage } from "../../storage/storage.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, onKey } from "../grounds.js";
import { ErrorList } from "../registry/errorList.js";
import { FieldPath } from "../registry/fieldPath.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden, isPods } from "./forbidden.js";
import {
  checkOfVersion,
  type Finding,
  podSecurityChecks,
  seccompAnnotation,
  seccompContainerAnnotation,
} from "./podSecurityChecks.js";
import { existingPodWarnings } from "./podSecurityNamespace.js";
import { objectOf, oldObjectOf } from "./typedObjects.js";

const prefix = "pod-security.kubernetes.io/";
const levels = ["privileged", "baseline", "restricted"] as const;
type Level = (typeof levels)[number];

interface Demand {
  readonly level: Level;
  readonly version: string;
}

/** Kinds that make pods: told at once what their pods will meet, and never rejected. */
const workloads = new Set([
  "/replicationcontrollers",
  "/podtemplates",
  "apps/deployments",
  "apps/replicasets",
  "apps/daemonsets",
  "apps/statefulsets",
  "batch/jobs",
  "batch/cronjobs",
]);

/** Holds pods to the level that their namespace's labels name. */
export class PodSecurity implements AdmissionPlugin {
  readonly name = "PodSecurity";
  readonly #caches: ServerCaches;
  readonly #storage: Storage;

  constructor(caches: ServerCaches, storage: Storage) {
    this.#caches = caches;
    this.#storage = storage;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    if (operation !== "CREATE" && operation !== "UPDATE") return false;
    if (isPods(group, resource)) return subresource === "" || subresource === "ephemeralcontainers";
    if (subresource !== "") return false;
    return (group === "" && resource === "namespaces") || workloads.has(`${group}/${resource}`);
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    if (attributes.group === "" && attributes.resource === "namespaces") {
      validateLabels(objectOf(attributes, coreV1.namespaces));
      return attributes.operation === "UPDATE" ? this.#warnOfExisting(attributes) : undefined;
    }
    const behind = this.#caches.namespaces.readYourWrites();
    if (behind === undefined) this.#check(attributes);
    else return behind.then(() => this.#check(attributes));
  }

  async #warnOfExisting(attributes: AdmissionAttributes): Promise<void> {
    const demand = (object: unknown): Demand =>
      demandOf((object as Namespace).metadata.labels ?? {}, "enforce");
    const { level, version } = demand(attributes.object);
    const before = demand(attributes.oldObject);
    const raised = levels.indexOf(level) > levels.indexOf(before.level);
    if (!raised && (level === "privileged" || version === before.version)) return;
    const warnings = await existingPodWarnings(
      this.#storage,
      attributes.name,
      `${level}:${version}`,
      (pod) => findings(pod, { level, version }).map(({ reason }) => reason),
    );
    for (const warning of warnings) attributes.warn(warning);
  }

  writeGrounds({ namespace }: AdmissionAttributes): Grounds | undefined {
    return this.#demands(namespace) === undefined
      ? onKey(`/registry/namespaces/${namespace}`)
      : undefined;
  }

  /** Undefined where nothing is asked of pods. */
  #demands(namespace: string) {
    const labels = this.#caches.namespaces.get("", namespace)?.metadata.labels ?? {};
    const enforce = demandOf(labels, "enforce");
    const warn = demandOf(labels, "warn");
    const audit = demandOf(labels, "audit");
    if ([enforce, warn, audit].every(({ level }) => level === "privileged")) return undefined;
    return { enforce, warn, audit };
  }

  #check(attributes: AdmissionAttributes): void {
    const demands = this.#demands(attributes.namespace);
    if (demands === undefined) return;
    const { enforce, warn, audit } = demands;
    const pod = podOf(attributes);
    if (pod === undefined) return;
    const isPod = isPods(attributes.group, attributes.resource);
    if (isPod && attributes.operation === "UPDATE" && !isSignificant(attributes)) return;
    if (isPod) attributes.annotate?.(`${prefix}enforce-policy`, shown(enforce));
    const audited = attributes.annotate === undefined ? "" : violation(pod, audit);
    if (audited !== "") {
      attributes.annotate?.(`${prefix}audit-violations`, `would violate PodSecurity ${audited}`);
    }
    const violated = isPod ? violation(pod, enforce) : "";
    if (violated !== "") throw forbidden(attributes, `violates PodSecurity ${violated}`);
    const warned = violation(pod, warn);
    if (warned !== "") attributes.warn(`would violate PodSecurity ${warned}`);
  }
}

type Mode = "enforce" | "audit" | "warn";

function shown({ level, version }: Demand): string {
  return `${level}:${version}`;
}

/** The minor version that a label names; without an upper bound where it means the latest. */
function minorOf(version: string): number {
  const minor = /^v1\.(\d+)$/.exec(version)?.[1];
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor);
}

function demandOf(labels: Readonly<Record<string, string>>, mode: Mode): Demand {
  const given = labels[`${prefix}${mode}`];
  const version = labels[`${prefix}${mode}-version`] ?? "latest";
  if (given === undefined) {
    // Whoever enforces a level warns of it by default, too.
    return mode === "warn" ? demandOf(labels, "enforce") : { level: "privileged", version };
  }
  // A label that is no level is taken for the strictest.
  const level = levels.find((candidate) => candidate === given) ?? "restricted";
  return { level, version };
}

function podOf(
  attributes: AdmissionAttributes,
): { spec: PodSpec; metadata: ObjectMeta } | undefined {
  if (isPods(attributes.group, attributes.resource)) return objectOf(attributes, coreV1.pods);
  const tree = attributes.object as {
    spec?: {
      template?: PodTemplateSpec;
      jobTemplate?: { spec?: { template?: PodTemplateSpec } };
    };
    template?: PodTemplateSpec;
  };
  const template =
    tree.spec?.template ?? tree.spec?.jobTemplate?.spec?.template ?? tree.template ?? undefined;
  if (!template?.spec) return undefined;
  return { spec: template.spec, metadata: template.metadata ?? {} };
}

function seccompAsked({ metadata }: Pod): [string, string][] {
  return Object.entries(metadata.annotations ?? {})
    .filter(([key]) => key === seccompAnnotation || key.startsWith(seccompContainerAnnotation))
    .sort();
}

/** Of what may be changed, images, profiles and ephemeral containers are worth another look. */
function isSignificant(attributes: AdmissionAttributes): boolean {
  const pod = objectOf(attributes, coreV1.pods);
  const old = oldObjectOf(attributes, coreV1.pods);
  const images = ({ spec }: Pod) =>
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ image }) => image);
  return (
    !semanticEqual(images(pod), images(old)) ||
    !semanticEqual(seccompAsked(pod), seccompAsked(old)) ||
    !semanticEqual(pod.spec.ephemeralContainers, old.spec.ephemeralContainers)
  );
}

/** `"baseline:latest": reason (detail), …`; empty when the pod is as it should be. */
function violation(pod: { spec: PodSpec; metadata: ObjectMeta }, demand: Demand): string {
  const found = findings(pod, demand);
  if (found.length === 0) return "";
  const list = found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
  return `"${shown(demand)}": ${list}`;
}

/** As the standard of the demanded version has it: what came later is not held against a pod. */
function findings(
  pod: { spec: PodSpec; metadata: ObjectMeta },
  { level, version }: Demand,
): Finding[] {
  if (level === "privileged") return [];
  const minor = minorOf(version);
  const wanted = podSecurityChecks.filter(
    (check) =>
      (check.level === "baseline" || level === "restricted") &&
      checkOfVersion(check, minor) !== undefined,
  );
  const replaced = new Set(wanted.flatMap(({ replaces }) => replaces ?? []));
  return wanted.flatMap((check) =>
    replaced.has(check.id)
      ? []
      : (checkOfVersion(check, minor)?.(pod.spec, pod.metadata ?? {}) ?? []),
  );
}

function validateLabels(namespace: Namespace): void {
  const errors = new ErrorList();
  const path = FieldPath.root("metadata").child("labels");
  for (const mode of ["enforce", "audit", "warn"]) {
    const level = namespace.metadata.labels?.[`${prefix}${mode}`];
    if (level !== undefined && !(levels as readonly string[]).includes(level)) {
      const detail = "must be one of privileged, baseline, restricted";
      errors.invalid(path.key(`${prefix}${mode}`), level, detail);
    }
    const version = namespace.metadata.labels?.[`${prefix}${mode}-version`];
    if (version !== undefined && version !== "latest" && !/^v1\.(0|[1-9]\d*)$/.test(version)) {
      const detail = 'must be "latest" or "v1.x"';
      errors.invalid(path.key(`${prefix}${mode}-version`), version, detail);
    }
  }
  if (errors.list.length === 0) return;
  throw apiErrors.invalid(
    { group: "", kind: "Namespace" },
    namespace.metadata.name ?? "",
    errors.list,
  );
}
