import type { Namespace, Node, Pod } from "../api/gen/types/coreV1.js";
import type { PodDisruptionBudget } from "../api/gen/types/policyV1.js";
import { parseTime } from "../api/time.js";
import { addon } from "../native/addon.js";
import type { SchedulingBatch } from "../native/gen/addon.js";
import type { Logger } from "../platform/logger.js";
import { nodeText } from "./nodeText.js";
import { podText, podTextChanges } from "./podText.js";
import { TextPool } from "./textPool.js";

type Engine = InstanceType<typeof addon.SchedulingEngine>;

interface SentPod {
  readonly text: string;
  /** Name, node, flags and start, as in its line; empty for one that was placed here. */
  readonly place: string;
}

/** A pod to be placed: who it is, and its text. */
export interface PlacementRequest {
  readonly pod: Pod;
  readonly text: string;
}

/**
 * The native engine (crates/scheduling), given what changes. Changes are kept as lines and handed
 * over with the next question, so a burst of events crosses into native code once. The lines are
 * bounded by `linesMax`: then they are handed over at once.
 */
export class SchedulerSnapshot {
  #engine: Engine;
  readonly #configuration: string;
  readonly #logger: Logger;
  #lines: string[] = [];
  readonly #nodeTexts = new Map<string, string>();
  /** Pods that have a node, by UID: what the engine was given of each. */
  readonly #pods = new Map<string, SentPod>();
  #texts = new TextPool();

  static readonly linesMax = 4096;

  /** @param configuration see engineConfiguration; throws what is wrong with it */
  constructor(configuration: string, logger: Logger) {
    this.#engine = new addon.SchedulingEngine(configuration);
    this.#configuration = configuration;
    this.#logger = logger;
  }

  /** Takes a new engine in place of one that broke. It knows nothing: all must be given again. */
  restart(): void {
    this.#engine = new addon.SchedulingEngine(this.#configuration);
    this.#lines = [];
    this.#nodeTexts.clear();
    this.#pods.clear();
    this.#texts = new TextPool();
  }

  /** Says whether anything that decides placement changed. */
  putNode(node: Node): boolean {
    const name = node.metadata?.name ?? "";
    const text = nodeText(node);
    if (this.#nodeTexts.get(name) === text) return false;
    this.#nodeTexts.set(name, text);
    this.#send(`node+\t${text}`);
    return true;
  }

  removeNode(name: string): void {
    this.#nodeTexts.delete(name);
    this.#send(`node-\t${name}`);
  }

  /**
   * A pod that has a node, bound or being so. A pod that was placed here keeps the text of its
   * attempt, so that the engine knows it for the one it placed.
   */
  putPod(pod: Pod, before?: Pod): void {
    const { uid = "", deletionTimestamp } = pod.metadata ?? {};
    const sent = this.#pods.get(uid);
    const keepsText = sent !== undefined && (before === undefined || !podTextChanges(before, pod));
    const text = keepsText ? sent.text : podText(pod);
    const isPreempted = (pod.status?.conditions ?? []).some(
      (one) => one.type === "DisruptionTarget" && one.reason === "PreemptionByScheduler",
    );
    const terminating = deletionTimestamp !== undefined;
    const flags = (terminating ? "t" : "") + (terminating && isPreempted ? "p" : "");
    const start = parseTime(pod.status?.startTime) ?? "";
    const place = [nameOf(pod), pod.spec?.nodeName ?? "", flags, start].join("\t");
    if (sent?.place === place && sent.text === text) return;
    this.#keep(uid, text, place);
    this.#send(`pod+\t${uid}\t${place}\t${text}`);
  }

  /** A pod that is gone, has ended, or whose binding failed. Says whether it had a node. */
  removePod(uid: string): boolean {
    const sent = this.#pods.get(uid);
    if (sent === undefined) return false;
    this.#pods.delete(uid);
    this.#texts.release(sent.text);
    this.#send(`pod-\t${uid}`);
    return true;
  }

  putNamespace(namespace: Namespace): void {
    const { name, labels } = namespace.metadata ?? {};
    this.#send(`namespace+\t${JSON.stringify({ name, labels })}`);
  }

  removeNamespace(name: string): void {
    this.#send(`namespace-\t${name}`);
  }

  putBudget(budget: PodDisruptionBudget): void {
    const { namespace, name } = budget.metadata ?? {};
    const { disruptionsAllowed, disruptedPods = {} } = budget.status ?? {};
    const text = JSON.stringify({
      namespace,
      name,
      selector: budget.spec?.selector,
      disruptionsAllowed,
      disruptedPods: Object.keys(disruptedPods),
    });
    this.#send(`budget+\t${text}`);
  }

  removeBudget(name: string): void {
    this.#send(`budget-\t${name}`);
  }

  nominate(pod: Pod, text: string, node: string): void {
    this.#send(`nominated+\t${pod.metadata?.uid ?? ""}\t${nameOf(pod)}\t${node}\t${text}`);
  }

  endNomination(uid: string): void {
    this.#send(`nominated-\t${uid}`);
  }

  /** Places pods in order; those placed are on their nodes until something else is known. */
  place(schedulerName: string, requests: readonly PlacementRequest[]): SchedulingBatch {
    this.flush();
    const batch = this.#engine.schedule(schedulerName, requests.map(requestLine).join("\n"));
    batch.nodes.forEach((node, index) => {
      const request = requests[index];
      if (node === "" || request === undefined) return;
      this.#keep(request.pod.metadata?.uid ?? "", request.text, "");
    });
    return batch;
  }

  /** For each pod: whether what changed on the nodes can help it. */
  helped(
    schedulerName: string,
    requests: readonly PlacementRequest[],
    nodes: readonly string[],
  ): boolean[] {
    this.flush();
    return this.#engine.helped(schedulerName, requests.map(requestLine).join("\n"), [...nodes]);
  }

  sizes(): ReturnType<Engine["sizes"]> {
    return this.#engine.sizes();
  }

  /** Hands over what has changed. */
  flush(): void {
    if (this.#lines.length === 0) return;
    const problems = this.#engine.apply(this.#lines.join("\n"));
    this.#lines = [];
    for (const problem of problems) {
      this.#logger.error("An object cannot be used for scheduling", { problem });
    }
  }

  #keep(uid: string, text: string, place: string): void {
    const before = this.#pods.get(uid);
    this.#pods.set(uid, { text: this.#texts.use(text), place });
    if (before !== undefined) this.#texts.release(before.text);
  }

  #send(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= SchedulerSnapshot.linesMax) this.flush();
  }
}

export function nameOf(pod: Pod): string {
  return `${pod.metadata?.namespace ?? ""}/${pod.metadata?.name ?? ""}`;
}

function requestLine({ pod, text }: PlacementRequest): string {
  const { uid = "" } = pod.metadata ?? {};
  return `${uid}\t${nameOf(pod)}\t${pod.status?.nominatedNodeName ?? ""}\t${text}`;
}
