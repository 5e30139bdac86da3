import { createHash } from "node:crypto";
import { certificatesV1 } from "../../api/gen/resources.js";
import type { ClusterTrustBundle } from "../../api/gen/types/certificatesV1.js";
import type { ClusterTrustBundleProjection, Pod } from "../../api/gen/types/coreV1.js";
import type { LabelSelector } from "../../api/gen/types/metaV1.js";
import { Selector } from "../../api/labels.js";
import { pemBlocks, pemText } from "../../api/pki/pemBlocks.js";
import type { Client } from "../../client/client.js";
import { CachingInformer } from "../../client/informer/cachingInformer.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

/** How long the first pod that wants a bundle waits for all of them to be read. */
const firstReadMilliseconds = 10_000;
const longestSelector = 100 * 1024;
/** Results that are kept, and their size together; beyond it the oldest go. */
const maxKept = 256;
const maxKeptBytes = 64 * 1024 * 1024;
/** PEM read in one turn of the event loop. */
const turnBytes = 1024 * 1024;
/** Changes of bundles are gathered for so long before pods are told. */
const gatherMilliseconds = 1_000;

export interface TrustBundlesParts {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly client: Client;
  readonly logger: Logger;
  /** Called some time after bundles have changed, once for many. */
  readonly onChange: (isConcerned: (pod: Pod) => boolean) => void;
}

interface Kept {
  readonly text: Promise<string>;
  readonly signerName: string;
  readonly name: string;
  bytes: number;
}

/**
 * Trust anchors of ClusterTrustBundles: each once, in an order of this kubelet's own, so that
 * nobody relies on any. Nothing is read of the API before a pod wants one.
 */
export class TrustBundles {
  readonly #parts: TrustBundlesParts;
  readonly #bundles: CachingInformer<ClusterTrustBundle>;
  readonly #seed: Uint8Array;
  readonly #kept = new Map<string, Kept>();
  readonly #changed = { names: new Set<string>(), signers: new Set<string>() };
  readonly #begun: Promise<void>;
  #begin: () => void = () => undefined;
  #signal: AbortSignal | undefined;
  #firstRead: Promise<unknown> | undefined;

  constructor(parts: TrustBundlesParts) {
    const { platform, client, logger } = parts;
    this.#parts = parts;
    this.#seed = platform.random.bytes(32);
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    const bundles = client.resource(certificatesV1.clustertrustbundles);
    this.#bundles = new CachingInformer(bundles, { platform, logger }, {});
    this.#bundles.indexer.addIndex("signer", ({ spec }) => [spec.signerName ?? ""]);
    this.#bundles.addEventHandler({
      onAdd: (bundle) => this.#drop(bundle),
      onUpdate: (_old, bundle) => this.#drop(bundle),
      onDelete: (bundle) => this.#drop(bundle),
    });
  }

  /** Follows the bundles from when they are first wanted, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const stop = (): void => this.#begin();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.#begun;
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) await this.#bundles.run(signal);
  }

  /** Of what one source of a volume names, PEM. */
  of(source: ClusterTrustBundleProjection): Promise<string> {
    const { name, signerName, labelSelector, optional } = source;
    const isOptional = optional === true;
    if (name) return this.byName(name, isOptional);
    if (signerName) return this.bySigner(signerName, labelSelector, isOptional);
    const what = "ClusterTrustBundle projection requires either name or signerName to be set";
    return Promise.reject(new Error(what));
  }

  /** Of one bundle, PEM. Without it: empty where it is optional, else an error. */
  async byName(name: string, isOptional: boolean): Promise<string> {
    await this.#read();
    const bundle = this.#bundles.indexer.get(name);
    if (bundle === undefined) {
      if (isOptional) return "";
      const what = `clustertrustbundle.certificates.k8s.io ${JSON.stringify(name)} not found`;
      throw new Error(`while getting ClusterTrustBundle: ${what}`);
    }
    return this.#keep(JSON.stringify([name]), { name, signerName: bundle.spec.signerName ?? "" }, [
      bundle,
    ]);
  }

  /**
   * Of a signer's bundles that a selector selects: nothing where there is no selector, everything
   * where it is empty.
   */
  async bySigner(
    signerName: string,
    labelSelector: LabelSelector | undefined,
    isOptional: boolean,
  ): Promise<string> {
    await this.#read();
    const selector = Selector.ofLabelSelector(labelSelector);
    const text = selector.toString();
    if (text.length > longestSelector) {
      throw new Error(`label selector length (${text.length}) is larger than ${longestSelector}`);
    }
    const selected = this.#bundles.indexer
      .byIndex("signer", signerName)
      .filter(({ metadata }) => selector.matches(metadata.labels));
    if (selected.length === 0) {
      if (isOptional) return "";
      const what = "combination of signerName and labelSelector";
      throw new Error(`${what} matched zero ClusterTrustBundles`);
    }
    return this.#keep(JSON.stringify([signerName, text]), { name: "", signerName }, selected);
  }

  async #read(): Promise<void> {
    this.#begin();
    if (this.#bundles.hasSynced()) return;
    this.#firstRead ??= this.#waitForFirst();
    await this.#firstRead;
    if (!this.#bundles.hasSynced())
      throw new Error("ClusterTrustBundle informer has not yet synced");
  }

  async #waitForFirst(): Promise<void> {
    const late = new AbortController();
    const { clock } = this.#parts.platform;
    const timer = clock.setTimer(firstReadMilliseconds, () => late.abort());
    const signals = this.#signal === undefined ? [] : [this.#signal];
    await this.#bundles.waitForSync(AbortSignal.any([late.signal, ...signals]));
    timer.cancel();
  }

  async #keep(
    key: string,
    of: Pick<Kept, "name" | "signerName">,
    bundles: readonly ClusterTrustBundle[],
  ): Promise<string> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known.text;
    const kept: Kept = { ...of, text: this.#normalized(bundles), bytes: 0 };
    this.#kept.set(key, kept);
    kept.bytes = (await kept.text).length;
    let bytes = [...this.#kept.values()].reduce((sum, one) => sum + one.bytes, 0);
    for (const [oldest, { bytes: its }] of this.#kept) {
      if (this.#kept.size <= maxKept && bytes <= maxKeptBytes) break;
      this.#kept.delete(oldest);
      bytes -= its;
    }
    return kept.text;
  }

  async #normalized(bundles: readonly ClusterTrustBundle[]): Promise<string> {
    const { clock } = this.#parts.platform;
    const anchors = new Map<string, Uint8Array>();
    let read = 0;
    for (const { spec } of bundles) {
      for (const { bytes } of pemBlocks(spec.trustBundle ?? "")) {
        const place = createHash("sha256").update(this.#seed).update(bytes).digest("hex");
        anchors.set(place, bytes);
      }
      read += spec.trustBundle?.length ?? 0;
      if (read < turnBytes) continue;
      read = 0;
      await new Promise<void>((resolve) => clock.defer(resolve));
    }
    return [...anchors]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, bytes]) => pemText("CERTIFICATE", bytes))
      .join("");
  }

  #drop({ metadata, spec }: ClusterTrustBundle): void {
    const { name = "" } = metadata;
    const { signerName = "" } = spec;
    for (const [key, kept] of this.#kept) {
      const isSame = signerName === "" ? kept.name === name : kept.signerName === signerName;
      if (isSame) this.#kept.delete(key);
    }
    const { names, signers } = this.#changed;
    if (names.size === 0) {
      this.#parts.platform.clock.setTimer(gatherMilliseconds, () => this.#tell());
    }
    names.add(name);
    signers.add(signerName);
  }

  #tell(): void {
    const names = new Set(this.#changed.names);
    const signers = new Set(this.#changed.signers);
    this.#changed.names.clear();
    this.#changed.signers.clear();
    if (this.#signal?.aborted) return;
    const isConcerned = ({ name, signerName }: ClusterTrustBundleProjection): boolean =>
      name ? names.has(name) : Boolean(signerName) && signers.has(signerName ?? "");
    this.#parts.onChange(({ spec }) =>
      (spec.volumes ?? [])
        .flatMap(({ projected }) => projected?.sources ?? [])
        .some(({ clusterTrustBundle: source }) => source && isConcerned(source)),
    );
  }
}
