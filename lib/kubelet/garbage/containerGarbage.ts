import type { Clock } from "../../platform/clock.js";
import type { Container, ContainerRuntime, PodSandbox } from "../cri/runtime.js";
import { runtimeLabels } from "../pods/podIdentity.js";
import type { ContainerRemover } from "./containerRemover.js";

export interface ContainerGarbagePolicy {
  /** One that was made less long ago stays. */
  readonly minimumAgeMilliseconds: number;
  /** Ended instances of each container of each pod; negative is any number. */
  readonly maximumPerContainer: number;
  /** Ended instances on the node; negative is any number. */
  readonly maximum: number;
}

export interface ContainerGarbageParts {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly remover: ContainerRemover;
  readonly policy: ContainerGarbagePolicy;
  /** Whether somebody looks after the pod: others are ended and removed whole. */
  readonly isKnown: (podUid: string) => boolean;
  readonly onRemoved: (containerId: string) => void;
}

/** One that was made and not started for so long never will be. */
const startMilliseconds = 60_000;

/** Newest first. */
const byAge = (a: Container, b: Container): number =>
  b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt;

/** Removes ended containers beyond what is kept for `logs --previous`, and old sandboxes. */
export class ContainerGarbage {
  readonly #parts: ContainerGarbageParts;

  constructor(parts: ContainerGarbageParts) {
    this.#parts = parts;
  }

  async collect(): Promise<void> {
    const { runtime, policy } = this.#parts;
    const groups = this.#ended(await runtime.listContainers());
    if (policy.maximumPerContainer >= 0) await this.#keep(groups, policy.maximumPerContainer);
    if (policy.maximum >= 0) await this.#bound(groups, policy.maximum);
    await this.#collectSandboxes();
  }

  /** Ended for long enough, by pod and container name. */
  #ended(all: readonly Container[]): Map<string, Container[]> {
    const { clock, policy, isKnown } = this.#parts;
    const now = clock.now() * 1e6;
    const newest = now - policy.minimumAgeMilliseconds * 1e6;
    // One from the future was made before the clock was set back.
    const isYoung = ({ createdAt }: Container): boolean => createdAt > newest && createdAt <= now;
    const stuck = (clock.now() - startMilliseconds) * 1e6;
    const groups = new Map<string, Container[]>();
    for (const container of all) {
      const uid = container.labels[runtimeLabels.podUid];
      if (uid === undefined || !isKnown(uid) || isYoung(container)) continue;
      const isStuck = container.state === "created" && container.createdAt < stuck;
      if (container.state !== "exited" && !isStuck) continue;
      const key = `${uid}/${container.labels[runtimeLabels.containerName] ?? ""}`;
      groups.set(key, [...(groups.get(key) ?? []), container]);
    }
    for (const group of groups.values()) group.sort(byAge);
    return groups;
  }

  async #keep(groups: Map<string, Container[]>, count: number): Promise<void> {
    for (const [key, group] of groups) {
      groups.set(key, group.slice(0, count));
      for (const container of group.slice(count)) await this.#remove(container);
    }
  }

  /** As many for each container as go, one at least; then the oldest of all go. */
  async #bound(groups: Map<string, Container[]>, maximum: number): Promise<void> {
    const all = (): Container[] => [...groups.values()].flat();
    if (all().length <= maximum) return;
    await this.#keep(groups, Math.max(Math.floor(maximum / groups.size), 1));
    const left = all().sort((a, b) => b.createdAt - a.createdAt);
    for (const container of left.slice(maximum)) await this.#remove(container);
  }

  async #remove(container: Container): Promise<void> {
    await this.#parts.remover.remove(container.id);
    this.#parts.onRemoved(container.id);
  }

  /** All but a pod's newest that are neither ready nor have containers. */
  async #collectSandboxes(): Promise<void> {
    const { runtime, isKnown } = this.#parts;
    const [sandboxes, containers] = await Promise.all([
      runtime.listPodSandboxes(),
      runtime.listContainers(),
    ]);
    const inUse = new Set(containers.map(({ podSandboxId }) => podSandboxId));
    const pods = new Map<string, PodSandbox[]>();
    for (const sandbox of sandboxes) {
      const uid = sandbox.labels[runtimeLabels.podUid];
      if (uid === undefined || !isKnown(uid)) continue;
      pods.set(uid, [...(pods.get(uid) ?? []), sandbox]);
    }
    for (const group of pods.values()) {
      const [, ...older] = group.sort((a, b) => b.createdAt - a.createdAt);
      for (const { id, state } of older) {
        if (state !== "notReady" || inUse.has(id)) continue;
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
    }
  }
}
