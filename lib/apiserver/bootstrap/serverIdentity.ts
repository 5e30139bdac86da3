import { createHash } from "node:crypto";
import { coordinationV1, coreV1 } from "../../api/gen/resources.js";
import type { Lease } from "../../api/gen/types/coordinationV1.js";
import { formatMicroTime, parseTime } from "../../api/time.js";
import { listReadable } from "../cache/listReadable.js";
import {
  type BootstrapDependencies,
  ObjectWriter,
  storageKey,
  type WantedObject,
} from "./objectWriter.js";

/** Where other API servers send requests for what they do not serve themselves. */
export interface PeerAddress {
  readonly ip: string;
  readonly port: number;
}

export interface ServerIdentityOptions {
  readonly hostname: string;
  /** Absent: no other server sends requests here. */
  readonly peerAddress?: PeerAddress;
}

const namespace = "kube-system";
const leaseSeconds = 3600;
/** Leases of servers that have not renewed them are looked for so often, in renewals. */
const expiredEvery = 360;
const identityLabel = "apiserver.kubernetes.io/identity";
const component = "kube-apiserver";
const peerPrefix = "/registry/peerserverleases/";
const peerTtlSeconds = 15;
const view = {
  messageType: coordinationV1.leases.message,
  format: "json",
  part: "object",
} as const;

/** The name of an API server on this host, in upstream's form: the same after each start. */
export function serverIdentity(hostname: string): string {
  const parts = [hostname, component].map((text) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
  });
  const digest = createHash("sha256").update(Buffer.concat(parts)).digest().subarray(0, 16);
  return `apiserver-${base32(digest)}`;
}

/** RFC 4648 without padding, in small letters. */
function base32(bytes: Uint8Array): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits.match(/.{1,5}/g) ?? [];
  return digits.map((digit) => alphabet[Number.parseInt(digit.padEnd(5, "0"), 2)]).join("");
}

/**
 * Tells who the API servers are: a Lease in kube-system that this one renews, and where its peers
 * reach it. Leases of servers that are gone for an hour are deleted by those that live.
 */
export class ServerIdentity {
  readonly #deps: BootstrapDependencies;
  readonly #options: ServerIdentityOptions;
  readonly #writer: ObjectWriter;
  readonly #name: string;
  readonly #holder: string;
  #renewals = 0;
  #peerLeaseId: number | undefined;

  constructor(deps: BootstrapDependencies, options: ServerIdentityOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#writer = new ObjectWriter(deps);
    this.#name = serverIdentity(options.hostname);
    this.#holder = `${this.#name}_${deps.random.uuid()}`;
  }

  /** At the start, where it takes over what an earlier process left, and every ten seconds. */
  async renew(): Promise<void> {
    await this.#writer.ensure([this.#lease()], "lazy");
    await this.#tellPeers();
    if (this.#renewals % expiredEvery === 0) await this.#removeExpired();
    this.#renewals += 1;
  }

  /** Takes this server's Lease away, unless another on this host has taken it over. */
  async stop(): Promise<void> {
    const { storage } = this.#deps;
    if (this.#peerLeaseId !== undefined) await storage.revokeLease(this.#peerLeaseId);
    const key = storageKey(coordinationV1.leases, namespace, this.#name);
    const found = await storage.getEncoded(key, view);
    if (found === undefined) return;
    const lease = JSON.parse(Buffer.from(found.bytes).toString("utf8")) as Lease;
    if (lease.spec?.holderIdentity === this.#holder) await this.#remove(lease);
  }

  #lease(): WantedObject {
    const { hostname, peerAddress: peer } = this.#options;
    const spec = {
      holderIdentity: this.#holder,
      leaseDurationSeconds: leaseSeconds,
      renewTime: formatMicroTime(this.#deps.clock.now() * 1000),
    };
    const labels = { [identityLabel]: component, "kubernetes.io/hostname": hostname };
    const annotations: Record<string, string> =
      peer === undefined ? {} : { "kubernetes.io/peer-advertise-address": joined(peer) };
    const wanted: Lease = { metadata: { name: this.#name, namespace, labels, annotations }, spec };
    return {
      type: coordinationV1.leases,
      object: wanted,
      reconcile({ metadata }) {
        const merged = {
          labels: { ...metadata.labels, ...labels },
          annotations: { ...metadata.annotations, ...annotations },
        };
        const renewed: Lease = { metadata: { ...metadata, ...merged }, spec };
        return renewed;
      },
    };
  }

  /** A fresh lease of storage each time, so that one that was lost needs no special case. */
  async #tellPeers(): Promise<void> {
    const { peerAddress: peer } = this.#options;
    if (peer === undefined) return;
    const { storage } = this.#deps;
    const { leaseId } = await storage.grantLease(peerTtlSeconds);
    const labels = { apiserverIdentity: this.#name };
    const ports = [{ name: "https", port: peer.port, protocol: "TCP" }];
    const subsets = [{ addresses: [{ ip: peer.ip }], ports }];
    const object = { metadata: { labels, generation: this.#renewals + 1 }, subsets };
    const value = this.#writer.encode(coreV1.endpoints, object);
    const key = `${peerPrefix}${this.#name}`;
    await storage.transact({ compare: [], success: [{ type: "put", key, value, leaseId }] });
    const before = this.#peerLeaseId;
    this.#peerLeaseId = leaseId;
    if (before !== undefined) await storage.revokeLease(before).catch(() => undefined);
  }

  async #removeExpired(): Promise<void> {
    const prefix = storageKey(coordinationV1.leases, namespace, "");
    const { objects } = await listReadable<Lease>(this.#deps.storage, { prefix, view });
    for (const lease of objects) {
      const isServers = lease.metadata.labels?.[identityLabel] === component;
      if (isServers && this.#isExpired(lease)) await this.#remove(lease);
    }
  }

  #isExpired({ spec }: Lease): boolean {
    const { renewTime, leaseDurationSeconds: seconds } = spec ?? {};
    const renewed = parseTime(renewTime);
    if (renewed === undefined || seconds === undefined) return true;
    return renewed + seconds * 1000 < this.#deps.clock.now();
  }

  /** One that was written meanwhile stays. */
  async #remove({ metadata }: Lease): Promise<void> {
    const key = storageKey(coordinationV1.leases, namespace, metadata.name ?? "");
    const equals = Number(metadata.resourceVersion);
    await this.#deps.storage.transact({
      compare: [{ key, target: "modRevision", equals }],
      success: [{ type: "delete", key }],
    });
  }
}

function joined({ ip, port }: PeerAddress): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}
