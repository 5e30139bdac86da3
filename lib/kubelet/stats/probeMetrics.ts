import type { Container, Pod } from "../../api/gen/types/coreV1.js";
import { podUid } from "../pods/podIdentity.js";
import { ExpositionText } from "./expositionText.js";

interface Count {
  readonly labels: Readonly<Record<string, string>>;
  total: number;
}

const kinds = { liveness: "Liveness", readiness: "Readiness", startup: "Startup" } as const;

/**
 * `/metrics/probes`: answers of probes, counted. Holds at most six counts a container (three kinds,
 * two results) of pods that are on this node.
 */
export class ProbeMetrics {
  readonly #pods = new Map<string, Map<string, Count>>();

  count(pod: Pod, container: Container, kind: keyof typeof kinds, isSuccess: boolean): void {
    const uid = podUid(pod);
    const result = isSuccess ? "successful" : "failed";
    const key = `${container.name}/${kind}/${result}`;
    const counts = this.#pods.get(uid) ?? new Map<string, Count>();
    this.#pods.set(uid, counts);
    const known = counts.get(key);
    if (known) {
      known.total += 1;
      return;
    }
    const labels = {
      container: container.name,
      namespace: pod.metadata.namespace ?? "",
      pod: pod.metadata.name ?? "",
      pod_uid: uid,
      probe_type: kinds[kind],
      result,
    };
    counts.set(key, { labels, total: 1 });
  }

  forget(podUid: string): void {
    this.#pods.delete(podUid);
  }

  expose(): string {
    const text = new ExpositionText();
    const help =
      "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.";
    text.family("prober_probe_total", "counter", help);
    for (const counts of this.#pods.values()) {
      for (const { labels, total } of counts.values()) {
        text.sample("prober_probe_total", labels, total);
      }
    }
    return text.toString();
  }
}
