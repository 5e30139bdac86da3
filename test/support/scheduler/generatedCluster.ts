import type {
  Container,
  Node,
  Pod,
  PodAffinityTerm,
  Taint,
  TopologySpreadConstraint,
} from "../../../lib/api/gen/types/coreV1.js";
import type { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import type { ReferenceCluster } from "./referenceCluster.js";

const zoneKey = "topology.kubernetes.io/zone";
const hostKey = "kubernetes.io/hostname";

/** Makes clusters in which every plugin has something to say. */
export class GeneratedCluster {
  constructor(readonly random: SeededRandom) {}

  cluster(): ReferenceCluster {
    const nodes = Array.from({ length: 1 + this.random.below(8) }, (_, index) => this.node(index));
    const pods = Array.from({ length: this.random.below(25) }, (_, index) => {
      const pod = this.pod(`old${index}`);
      pod.spec!.nodeName = `n${this.random.below(nodes.length)}`;
      if (this.chance(0.1)) pod.metadata!.deletionTimestamp = "2026-01-01T00:00:00Z";
      return pod;
    });
    const namespaceLabels = new Map<string, Record<string, string>>([
      ["ns0", this.chance(0.5) ? { team: "x" } : {}],
      ["ns1", { team: "x" }],
    ]);
    return { nodes, pods, namespaceLabels };
  }

  node(index: number): Node {
    const labels: Record<string, string> = { [hostKey]: `n${index}`, size: `${index}` };
    if (this.chance(0.85)) labels[zoneKey] = `z${this.random.below(3)}`;
    const taints: Taint[] = [];
    if (this.chance(0.2))
      taints.push({ key: "a", value: this.pick("1", "2"), effect: "NoSchedule" });
    if (this.chance(0.1)) taints.push({ key: "b", effect: "NoExecute" });
    if (this.chance(0.4)) taints.push({ key: "c", effect: "PreferNoSchedule" });
    return {
      metadata: { name: `n${index}`, labels },
      spec: { unschedulable: this.chance(0.1), taints },
      status: {
        allocatable: {
          cpu: this.pick("1", "2", "4", "3500m"),
          memory: this.pick("1Gi", "4Gi", "2000Mi"),
          pods: this.pick("3", "110"),
          "ephemeral-storage": "10Gi",
          ...(this.chance(0.5) ? { "example.com/device": "2" } : {}),
        },
        images: [
          ...(this.chance(0.5) ? [{ names: ["big:1"], sizeBytes: 600 * 2 ** 20 }] : []),
          ...(this.chance(0.5) ? [{ names: ["small:latest", "s:2"], sizeBytes: 90e6 }] : []),
        ],
      },
    };
  }

  pod(name: string): Pod {
    const app = this.pick("a", "b", "c");
    const { random } = this;
    return {
      metadata: { name, uid: name, namespace: `ns${random.below(2)}`, labels: { app } },
      spec: {
        containers: Array.from({ length: 1 + random.below(2) }, () => this.container(false)),
        initContainers: Array.from({ length: random.below(3) }, () => this.container(true)),
        ...(this.chance(0.15) ? { overhead: { cpu: "50m", memory: "10Mi" } } : {}),
        ...(this.chance(0.1) ? { resources: { requests: { cpu: "700m" } } } : {}),
        ...(this.chance(0.15) ? { nodeSelector: { [zoneKey]: `z${random.below(3)}` } } : {}),
        tolerations: [
          ...(this.chance(0.3) ? [{ key: "a", value: "1", effect: "NoSchedule" }] : []),
          ...(this.chance(0.2) ? [{ operator: "Exists" }] : []),
          ...(this.chance(0.2) ? [{ key: "c", operator: "Exists" }] : []),
        ],
        affinity: {
          ...(this.chance(0.3) ? { nodeAffinity: this.nodeAffinity() } : {}),
          ...(this.chance(0.25) ? { podAffinity: this.podAffinity() } : {}),
          ...(this.chance(0.25) ? { podAntiAffinity: this.podAffinity() } : {}),
        },
        topologySpreadConstraints: this.chance(0.4)
          ? Array.from({ length: 1 + random.below(2) }, () => this.constraint())
          : [],
      },
    };
  }

  container(isInit: boolean): Container {
    const requests: Record<string, string> = {};
    if (this.chance(0.7)) requests.cpu = this.pick("100m", "250m", "1", "0");
    if (this.chance(0.5)) requests.memory = this.pick("64Mi", "500Mi", "1Gi");
    if (this.chance(0.1)) requests["example.com/device"] = "1";
    if (this.chance(0.1)) requests["ephemeral-storage"] = "4Gi";
    return {
      name: "main",
      image: this.pick("big:1", "small", "other:1"),
      resources: { requests },
      ...(isInit && this.chance(0.4) ? { restartPolicy: "Always" } : {}),
      ...(!isInit && this.chance(0.1)
        ? {
            ports: [
              { containerPort: 80, hostPort: 80, hostIP: this.pick("", "10.0.0.1", "10.0.0.2") },
            ],
          }
        : {}),
    };
  }

  private nodeAffinity() {
    const term = () => ({
      matchExpressions: [
        this.pick(
          { key: zoneKey, operator: "In", values: ["z0", "z1"] },
          { key: zoneKey, operator: "NotIn", values: ["z2"] },
          { key: zoneKey, operator: "Exists" },
          { key: "size", operator: "Gt", values: ["2"] },
          { key: "size", operator: "Lt", values: ["5"] },
        ),
      ],
    });
    const preferred = { weight: 1 + this.random.below(100), preference: term() };
    return {
      ...(this.chance(0.5)
        ? {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: this.chance(0.1) ? [{}] : [term(), term()],
            },
          }
        : {}),
      preferredDuringSchedulingIgnoredDuringExecution: [preferred],
    };
  }

  private podAffinity() {
    const term = (): PodAffinityTerm => ({
      topologyKey: this.pick(zoneKey, hostKey),
      ...(this.chance(0.95)
        ? { labelSelector: { matchLabels: { app: this.pick("a", "b", "c") } } }
        : {}),
      ...(this.chance(0.2) ? { namespaces: ["ns1"] } : {}),
      ...(this.chance(0.2)
        ? { namespaceSelector: this.pick({}, { matchLabels: { team: "x" } }) }
        : {}),
    });
    const weight = 1 + this.random.below(100);
    return {
      ...(this.chance(0.4) ? { requiredDuringSchedulingIgnoredDuringExecution: [term()] } : {}),
      ...(this.chance(0.6)
        ? {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term() }],
          }
        : {}),
    };
  }

  private constraint(): TopologySpreadConstraint {
    const hard = this.chance(0.5);
    return {
      maxSkew: 1 + this.random.below(2),
      topologyKey: this.pick(zoneKey, hostKey),
      whenUnsatisfiable: hard ? "DoNotSchedule" : "ScheduleAnyway",
      ...(this.chance(0.95)
        ? { labelSelector: this.chance(0.05) ? {} : { matchLabels: { app: this.pick("a", "b") } } }
        : {}),
      ...(hard && this.chance(0.3) ? { minDomains: 3 } : {}),
      ...(this.chance(0.3) ? { nodeTaintsPolicy: "Honor" } : {}),
      ...(this.chance(0.3) ? { nodeAffinityPolicy: "Ignore" } : {}),
    };
  }

  chance(share: number): boolean {
    return this.random.float() < share;
  }

  pick<T>(...of: T[]): T {
    return of[this.random.below(of.length)] as T;
  }
}
