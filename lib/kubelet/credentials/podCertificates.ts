import { certificatesV1, coreV1 } from "../../api/gen/resources.js";
import type { PodCertificateRequest } from "../../api/gen/types/certificatesV1.js";
import type { Pod, PodCertificateProjection } from "../../api/gen/types/coreV1.js";
import { pemBlocks, pemText } from "../../api/pki/pemBlocks.js";
import { createStubRequest, type PodKeyType } from "../../api/pki/stubRequest.js";
import { parseTime } from "../../api/time.js";
import type { Client } from "../../client/client.js";
import { CachingInformer } from "../../client/informer/cachingInformer.js";
import { runWorkers } from "../../client/workqueue/worker.js";
import { WorkQueue } from "../../client/workqueue/workQueue.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { podUid } from "../pods/podIdentity.js";
import {
  type Asked,
  ageOf,
  type Credential,
  type CredentialState,
  credentialOf,
  metricState,
} from "./credentialState.js";

const minuteMilliseconds = 60_000;
/** A request that has not been seen for so long, and some more at random, has been deleted. */
const abandonMilliseconds = 10 * minuteMilliseconds;
/** Requests of many volumes are spread over so long. */
const jitterMilliseconds = 5 * minuteMilliseconds;
/** Making a key may take seconds, which must not hold up other pods. */
const workers = 4;

export interface PodCertificatesParts {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly client: Client;
  readonly logger: Logger;
  readonly nodeName: string;
  /** Undefined until the node is registered. */
  readonly nodeUid: () => string | undefined;
  /** Whether a pod may still need certificates: its containers run, or will. */
  readonly isActive: (uid: string) => boolean;
  /** What is to be projected into a pod has changed. */
  readonly onChange: (uid: string) => void;
  readonly emit: (pod: Pod, reason: string, message: string) => void;
}

interface Place {
  readonly uid: string;
  readonly volume: string;
  readonly source: number;
}

const keyOf = ({ uid, volume, source }: Place): string => JSON.stringify([uid, volume, source]);

function placeOf(key: string): Place {
  const [uid, volume, source] = JSON.parse(key) as [string, string, number];
  return { uid, volume, source };
}

interface Projected extends Place {
  readonly projection: PodCertificateProjection;
}

/** Sources of a pod's volumes that want a certificate. */
function projectedCertificates(pod: Pod): Projected[] {
  const uid = podUid(pod);
  return (pod.spec.volumes ?? []).flatMap(({ name: volume, projected }) =>
    (projected?.sources ?? []).flatMap(({ podCertificate: projection }, source) =>
      projection ? [{ uid, volume, source, projection }] : [],
    ),
  );
}

/** What a request has come to; undefined while it is open. */
type Outcome =
  | { readonly is: "Issued"; readonly credential: Credential }
  | { readonly is: "Denied" | "Failed"; readonly reason: string; readonly message: string };

/**
 * Keys and certificates of the pods on this node, one for each source of a volume that wants one:
 * asked for, renewed in time, and forgotten with the pod. They are in memory only; after a restart
 * all are asked for anew, with new keys. Bounded by the pods of the node.
 */
export class PodCertificates {
  readonly #parts: PodCertificatesParts;
  readonly #requests: CachingInformer<PodCertificateRequest>;
  readonly #queue: WorkQueue;
  readonly #pods = new Map<string, Pod>();
  readonly #states = new Map<string, CredentialState>();
  /** The worst age that was told of, by place. */
  readonly #told = new Map<string, "overdue_for_refresh" | "expired">();
  readonly #begun: Promise<void>;
  #begin: () => void = () => undefined;

  constructor(parts: PodCertificatesParts) {
    const { platform, client, logger, nodeName } = parts;
    this.#parts = parts;
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#queue = new WorkQueue({ name: "pod_certificates", clock: platform.clock });
    const requests = client.resource(certificatesV1.podcertificaterequests);
    this.#requests = new CachingInformer(
      requests,
      { platform, logger },
      {
        fieldSelector: `spec.nodeName=${nodeName}`,
      },
    );
    const again = ({ spec }: PodCertificateRequest): void => this.#enqueue(spec.podUID);
    this.#requests.addEventHandler({
      onAdd: again,
      onUpdate: (_old, request) => again(request),
      onDelete: again,
    });
  }

  /** A pod is to run here. Those that want no certificate cost nothing. */
  follow(pod: Pod): void {
    if (projectedCertificates(pod).length === 0) return;
    this.#pods.set(podUid(pod), pod);
    this.#begin();
    this.#enqueue(podUid(pod));
  }

  forget(uid: string): void {
    const pod = this.#pods.get(uid);
    this.#pods.delete(uid);
    for (const place of pod ? projectedCertificates(pod) : []) {
      const key = keyOf(place);
      this.#states.delete(key);
      this.#told.delete(key);
    }
  }

  /** Of one source. Throws where there is none (yet), and says why. */
  credential(pod: Pod, volume: string, source: number): Credential {
    const { namespace = "", name = "" } = pod.metadata;
    const place = { uid: podUid(pod), volume, source };
    const state = this.#states.get(keyOf(place));
    if (state !== undefined) return credentialOf(state);
    const shown = [namespace, name, place.uid, volume, source].join(" ");
    throw new Error(`no credentials yet for key={${shown}}`);
  }

  /** How many sources of each signer are in each state, as `kubelet_podcertificate_states`. */
  counts(): { readonly signerName: string; readonly state: string }[] {
    const now = this.#parts.platform.clock.now();
    return [...this.#pods.values()].flatMap(projectedCertificates).flatMap((place) => {
      const state = this.#states.get(keyOf(place));
      if (state === undefined) return [];
      return [{ signerName: place.projection.signerName, state: metricState(state, now) }];
    });
  }

  /** Works from when the first pod wants a certificate, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#queue.shutDown();
      this.#begin();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.#begun;
    if (signal.aborted) return;
    await Promise.all([this.#requests.run(signal), this.#work(signal), this.#runPasses(signal)]);
    signal.removeEventListener("abort", stop);
  }

  async #work(signal: AbortSignal): Promise<void> {
    if (!(await this.#requests.waitForSync(signal))) return;
    const { logger } = this.#parts;
    const sync = (key: string): Promise<void> => this.#sync(key, signal);
    await runWorkers({ queue: this.#queue, workers, sync, logger });
  }

  /** What time brings about: everything is looked at every minute or two. */
  async #runPasses(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts.platform;
    while (!signal.aborted) {
      await clock.sleep(minuteMilliseconds * (1 + random.float()), signal);
      for (const uid of this.#pods.keys()) this.#enqueue(uid);
    }
  }

  #enqueue(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    for (const place of projectedCertificates(pod)) this.#queue.add(keyOf(place));
  }

  /** Brings one source a step further. */
  async #sync(key: string, signal: AbortSignal): Promise<void> {
    const place = placeOf(key);
    const pod = this.#pods.get(place.uid);
    if (pod === undefined || !this.#parts.isActive(place.uid)) return;
    const state = this.#states.get(key) ?? { is: "initial" };
    switch (state.is) {
      case "initial": {
        this.#set(key, state);
        const asked = await this.#ask(pod, place, signal);
        this.#set(key, { is: "waiting", asked });
        return;
      }
      case "waiting":
        this.#followRequest(key, pod, state.asked, { is: "initial" }, state);
        return;
      case "fresh": {
        const { credential } = state;
        if (this.#parts.platform.clock.now() < credential.refreshAt) return;
        this.#tellAge(key, pod, credential);
        const asked = await this.#ask(pod, place, signal);
        this.#set(key, { is: "refreshing", credential, asked });
        return;
      }
      case "refreshing": {
        const { credential, asked } = state;
        this.#followRequest(key, pod, asked, { is: "fresh", credential }, state);
        if (this.#states.get(key) === state) this.#tellAge(key, pod, credential);
        return;
      }
      default:
      // Denied and failed are for good.
    }
  }

  /** A pod that was forgotten meanwhile leaves nothing. */
  #set(key: string, state: CredentialState): void {
    const { uid } = placeOf(key);
    if (this.#pods.has(uid)) this.#states.set(key, state);
  }

  #jitter(): number {
    return this.#parts.platform.random.below(jitterMilliseconds);
  }

  /** A new key, and the request for its certificate. */
  async #ask(pod: Pod, place: Place, signal: AbortSignal): Promise<Asked> {
    const { client, nodeName, nodeUid } = this.#parts;
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    const wanted = projectedCertificates(pod).find((one) => keyOf(one) === keyOf(place));
    if (wanted === undefined) throw new Error("the pod has no such source");
    const { signerName, keyType, maxExpirationSeconds, userAnnotations } = wanted.projection;
    const account = pod.spec.serviceAccountName ?? "";
    const accounts = client.resource(coreV1.serviceaccounts);
    const { metadata } = await accounts.get(account, { namespace, signal });
    const ownUid = nodeUid();
    if (ownUid === undefined) throw new Error("the node is not registered yet");
    const stub = await createStubRequest(keyType as PodKeyType);
    const requests = client.resource(certificatesV1.podcertificaterequests);
    const owner = { apiVersion: "v1", kind: "Pod", name, uid };
    const made = await requests.create(
      {
        metadata: { namespace, generateName: "req-", ownerReferences: [owner] },
        spec: {
          ...{ signerName, podName: name, podUID: uid },
          ...{ serviceAccountName: account, serviceAccountUID: metadata.uid ?? "" },
          ...{ nodeName, nodeUID: ownUid },
          stubPKCS10Request: stub.request.toString("base64"),
          ...(maxExpirationSeconds === undefined ? {} : { maxExpirationSeconds }),
          ...(userAnnotations === undefined ? {} : { unverifiedUserAnnotations: userAnnotations }),
        },
      },
      { namespace, signal },
    );
    return {
      privateKey: stub.privateKey,
      request: `${namespace}/${made.metadata.name ?? ""}`,
      abandonAt: this.#parts.platform.clock.now() + abandonMilliseconds + this.#jitter(),
    };
  }

  /** What has become of a request; where it is gone for long, back to where another is made. */
  #followRequest(
    key: string,
    pod: Pod,
    asked: Asked,
    back: CredentialState,
    now: CredentialState,
  ): void {
    const { platform, emit, onChange } = this.#parts;
    const request = this.#requests.indexer.get(asked.request);
    if (request === undefined) {
      // It may not have been seen yet.
      if (platform.clock.now() <= asked.abandonAt || this.#states.get(key) !== now) return;
      this.#set(key, back);
      throw new Error(`PodCertificateRequest ${JSON.stringify(asked.request)} was deleted`);
    }
    const outcome = this.#outcome(request, asked);
    if (outcome === undefined) return;
    if (outcome.is === "Issued") {
      this.#told.delete(key);
      this.#set(key, { is: "fresh", credential: outcome.credential });
    } else {
      const { reason, message } = outcome;
      this.#set(key, { is: outcome.is === "Denied" ? "denied" : "failed", reason, message });
      const was = outcome.is === "Denied" ? "was denied" : "failed";
      const why = `reason=${JSON.stringify(reason)}, message=${JSON.stringify(message)}`;
      emit(pod, outcome.is, `PodCertificateRequest ${asked.request} ${was}, ${why}`);
    }
    onChange(podUid(pod));
  }

  #outcome({ status = {} }: PodCertificateRequest, { privateKey }: Asked): Outcome | undefined {
    for (const { type, reason, message } of status.conditions ?? []) {
      if (type === "Denied" || type === "Failed") return { is: type, reason, message };
      if (type !== "Issued") continue;
      const [refreshAt, notAfter] = [parseTime(status.beginRefreshAt), parseTime(status.notAfter)];
      // Servers see to it that an issued one has its times: nothing is made of one without.
      if (refreshAt === undefined || notAfter === undefined) return undefined;
      const chain = [...pemBlocks(status.certificateChain ?? "")];
      return {
        is: "Issued",
        credential: {
          privateKey,
          // Nothing but certificates, whatever stands between them.
          chain: chain.map(({ bytes }) => pemText("CERTIFICATE", bytes)).join(""),
          refreshAt: refreshAt + this.#jitter(),
          notAfter,
        },
      };
    }
    return undefined;
  }

  /** Each once, for one certificate. */
  #tellAge(key: string, pod: Pod, credential: Credential): void {
    const age = ageOf(credential, this.#parts.platform.clock.now());
    const told = this.#told.get(key);
    if (age === "fresh" || age === told || told === "expired") return;
    this.#told.set(key, age);
    if (age === "expired") {
      this.#parts.emit(pod, "CertificateExpired", "PodCertificate expired");
    } else {
      const message = "PodCertificate refresh overdue";
      this.#parts.emit(pod, "CertificateOverdueForRefresh", message);
    }
  }
}
