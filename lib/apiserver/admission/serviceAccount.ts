import { configMirrorAnnotation } from "../../api/annotations.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Container, PodSpec, Volume, VolumeMount } from "../../api/gen/types/coreV1.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { nameAlphabet } from "../../api/nameAlphabet.js";
import type { Clock } from "../../platform/clock.js";
import type { Random } from "../../platform/random.js";
import { configMapNames, secretNames } from "../cache/podReferences.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type { CachedServiceAccount } from "../cache/serviceAccountEntry.js";
import { type Grounds, onKey } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden, isPods } from "./forbidden.js";
import type { PlainPod, PodAdditions } from "./plainPod.js";
import { objectOf } from "./typedObjects.js";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const tokenVolumePrefix = "kube-api-access-";
const enforceSecrets = "kubernetes.io/enforce-mountable-secrets";
/** An hour and seven seconds: marks tokens that may live longer than asked (KEP-1205). */
const tokenSeconds = 3607;
/** The account of a namespace is made a moment after the namespace: pods wait for it this long. */
const waits = 10;
const waitMilliseconds = 100;

/** Gives each pod its service account, the account's token and its pull secrets. */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = "ServiceAccount";
  readonly #caches: ServerCaches;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Pods of one account often come one after the other. */
  #lastNamed: PodAdditions = {};

  constructor(caches: ServerCaches, clock: Clock, random: Random) {
    this.#caches = caches;
    this.#clock = clock;
    this.#random = random;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    if (!isPods(group, resource)) return false;
    if (operation === "UPDATE") return subresource === "ephemeralcontainers";
    return operation === "CREATE" && subresource === "";
  }

  admit(attributes: AdmissionAttributes): MaybePromise<void> {
    if (attributes.operation !== "CREATE") return;
    if (attributes.plainPod !== undefined) return this.#admitPlain(attributes, attributes.plainPod);
    const pod = objectOf(attributes, coreV1.pods);
    if (pod.metadata.annotations?.[configMirrorAnnotation] !== undefined) return;
    const { spec } = pod;
    spec.serviceAccountName ||= "default";
    spec.serviceAccount = spec.serviceAccountName;
    return andThen(this.#account(attributes, spec.serviceAccountName), (account) => {
      if (wantsToken(spec, account)) this.#mountToken(spec);
      if ((spec.imagePullSecrets ?? []).length === 0 && account.imagePullSecrets.length > 0) {
        spec.imagePullSecrets = pullSecrets(account);
      }
    });
  }

  #admitPlain(attributes: AdmissionAttributes, pod: PlainPod): MaybePromise<void> {
    const name = pod.serviceAccountName || "default";
    return andThen(this.#account(attributes, name), (account) => {
      pod.add(this.#named(name));
      if (wantsToken(pod, account)) {
        if (pod.volume === "") pod.nameVolumes(tokenVolumePrefix, this.#suffix());
        pod.add(tokenAdditions);
      }
      if (!pod.hasPullSecrets && account.imagePullSecrets.length > 0) {
        pod.add({ imagePullSecrets: pullSecrets(account) });
      }
    });
  }

  validate(attributes: AdmissionAttributes): MaybePromise<void> {
    const { plainPod } = attributes;
    if (plainPod === undefined) return this.#validatePod(attributes);
    const name = plainPod.serviceAccountName || "default";
    return andThen(this.#account(attributes, name), (account) => {
      if (account.annotations[enforceSecrets] === "true") return this.#validatePod(attributes);
    });
  }

  writeGrounds({ namespace, plainPod }: AdmissionAttributes): Grounds | undefined {
    if (plainPod === undefined) return undefined;
    const name = plainPod.serviceAccountName || "default";
    const account = this.#caches.serviceAccounts.get(namespace, name);
    if (account === undefined || account.annotations[enforceSecrets] === "true") return undefined;
    return onKey(`/registry/serviceaccounts/${namespace}/${name}`);
  }

  #validatePod(attributes: AdmissionAttributes): MaybePromise<void> {
    const pod = objectOf(attributes, coreV1.pods);
    const { spec } = pod;
    if (pod.metadata.annotations?.[configMirrorAnnotation] !== undefined) {
      checkMirror(attributes, spec);
      return;
    }
    return andThen(this.#account(attributes, spec.serviceAccountName || "default"), (account) => {
      if (account.annotations[enforceSecrets] === "true") checkSecrets(attributes, spec, account);
    });
  }

  #account(attributes: AdmissionAttributes, name: string): MaybePromise<CachedServiceAccount> {
    const { serviceAccounts } = this.#caches;
    const known = serviceAccounts.find(attributes.namespace, name);
    return known instanceof Promise || known === undefined
      ? this.#waitForAccount(attributes, name)
      : known;
  }

  async #waitForAccount(
    attributes: AdmissionAttributes,
    name: string,
  ): Promise<CachedServiceAccount> {
    const { serviceAccounts } = this.#caches;
    const { namespace } = attributes;
    for (let attempt = 0; attempt < waits; attempt += 1) {
      const account = await serviceAccounts.find(namespace, name);
      if (account !== undefined) return account;
      // Only this one is made by a controller.
      if (name !== "default") break;
      await this.#clock.sleep(waitMilliseconds);
    }
    const quoted = JSON.stringify(name);
    const why = `error looking up service account ${namespace}/${name}: serviceaccount ${quoted} not found`;
    throw forbidden(attributes, why);
  }

  #mountToken(spec: PodSpec): void {
    // Where no volume begins so, none has the new one's name either.
    const known = (spec.volumes ?? []).find(({ name }) => name.startsWith(tokenVolumePrefix));
    const volume = known ?? tokenVolume(this.#tokenVolumeName());
    let mounted = false;
    const mount = (container: Container): void => {
      if ((container.volumeMounts ?? []).some((m) => m.mountPath === mountPath)) return;
      container.volumeMounts = [...(container.volumeMounts ?? []), tokenMount(volume.name)];
      mounted = true;
    };
    for (const container of spec.initContainers ?? []) mount(container);
    for (const container of spec.containers ?? []) mount(container);
    if (mounted && known === undefined) spec.volumes = [...(spec.volumes ?? []), volume];
  }

  #named(name: string): PodAdditions {
    if (this.#lastNamed.serviceAccountName !== name) {
      this.#lastNamed = { serviceAccountName: name, serviceAccount: name };
    }
    return this.#lastNamed;
  }

  #tokenVolumeName(): string {
    return `${tokenVolumePrefix}${this.#suffix()}`;
  }

  #suffix(): string {
    let suffix = "";
    for (let position = 0; position < 5; position += 1) {
      suffix += nameAlphabet[this.#random.below(nameAlphabet.length)];
    }
    return suffix;
  }
}

function tokenMount(name: string): VolumeMount {
  return { name, readOnly: true, mountPath };
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: "token" } },
        {
          configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] },
        },
        {
          downwardAPI: {
            items: [
              {
                path: "namespace",
                fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
              },
            ],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}

/** The token's volume, and its mount for each container, without the volume's name. */
const tokenAdditions: PodAdditions = {
  volumes: [tokenVolume("")],
  containers: [{ name: "", volumeMounts: [tokenMount("")] }],
};

function pullSecrets(account: CachedServiceAccount): { name: string }[] {
  return account.imagePullSecrets.map(({ name }) => ({ name: name ?? "" }));
}

/** The pod's own word counts before the account's. */
function wantsToken(
  spec: Pick<PodSpec, "automountServiceAccountToken">,
  account: CachedServiceAccount,
): boolean {
  return spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}

function some(names: Iterable<string | undefined>): boolean {
  for (const name of names) if (name) return true;
  return false;
}

/** Mirror pods are static ones: nobody of the cluster has allowed them anything. */
function checkMirror(attributes: AdmissionAttributes, spec: PodSpec): void {
  if (spec.serviceAccountName) {
    throw forbidden(attributes, "a mirror pod may not reference service accounts");
  }
  if (some(secretNames(spec))) {
    throw forbidden(attributes, "a mirror pod may not reference secrets");
  }
  if (some(configMapNames(spec))) {
    throw forbidden(attributes, "a mirror pod may not reference configmaps");
  }
  for (const volume of spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) {
      throw forbidden(attributes, "a mirror pod may not reference persistentvolumeclaims");
    }
    if (volume.projected?.sources?.some((source) => source.serviceAccountToken)) {
      const why = "a mirror pod may not use ServiceAccountToken volume projections";
      throw forbidden(attributes, why);
    }
  }
}

function checkSecrets(
  attributes: AdmissionAttributes,
  spec: PodSpec,
  account: CachedServiceAccount,
): void {
  const allowed = new Set(account.secrets);
  for (const name of secretNames(spec)) {
    if (!name || allowed.has(name)) continue;
    if (account.imagePullSecrets.some((reference) => reference.name === name)) continue;
    const why =
      `volume with secret.secretName=${JSON.stringify(name)} is not allowed because service ` +
      `account ${account.name} does not reference that secret`;
    throw forbidden(attributes, why);
  }
}
