import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** An object that both servers take, of one kind. */
export interface ValidObject {
  /** Of its collection. */
  readonly path: string;
  readonly object: object;
  /** Where not any name will do. */
  readonly name?: (number: number) => string;
}

const recorded = fileURLToPath(
  new URL("../../../../test/unit/apiserver/recorded/", import.meta.url),
);

/**
 * The first line of each file of recorded verdicts: an object that upstream's server took, of all
 * but one.
 */
function recordedObjects(): ValidObject[] {
  const files = readdirSync(recorded).filter((name) => {
    return name.endsWith(".jsonl") && name !== "resourcequota.jsonl";
  });
  return files.map((name) => {
    const [first = ""] = readFileSync(recorded + name, "utf8").split("\n", 1);
    return JSON.parse(first) as ValidObject;
  });
}

const core = "/api/v1/namespaces/default";
const cluster = (group: string, resource: string): string => `/apis/${group}/v1/${resource}`;
const inDefault = (group: string, resource: string, version = "v1"): string =>
  `/apis/${group}/${version}/namespaces/default/${resource}`;
const valid = (path: string, object: object, name?: ValidObject["name"]): ValidObject => {
  return name === undefined ? { path, object } : { path, object, name };
};

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const utilization = { type: "Utilization", averageUtilization: 50 };
const metrics = [{ type: "Resource", resource: { name: "cpu", target: utilization } }];
const service = { name: "s", port: { number: 80 } };
const paths = [{ path: "/", pathType: "Prefix", backend: { service } }];
/** Of a group that nobody serves. */
const nothing = {
  ...{ apiGroups: ["x.example.com"], apiVersions: ["*"] },
  ...{ operations: ["CREATE"], resources: ["*"] },
};
const matchConstraints = { resourceRules: [nothing] };
const webhook = {
  ...{ name: "a.example.com", clientConfig: { url: "https://127.0.0.1:1/x" }, rules: [nothing] },
  ...{ sideEffects: "None", admissionReviewVersions: ["v1"], failurePolicy: "Ignore" },
};
const claim = { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } };
const pool = { name: "p", generation: 1, resourceSliceCount: 1 };
const configmaps = { verbs: ["get"], apiGroups: [""], resources: ["configmaps"] };
const admission = "admissionregistration.k8s.io";
const storage = "storage.k8s.io";
const networking = "networking.k8s.io";
const devices = "resource.k8s.io";
const flow = "flowcontrol.apiserver.k8s.io";

const more: readonly ValidObject[] = [
  valid(`${core}/resourcequotas`, { spec: { hard: { pods: "5", "requests.cpu": "1" } } }),
  valid(`${core}/serviceaccounts`, { automountServiceAccountToken: false }),
  valid(inDefault("events.k8s.io", "events"), {
    ...{ eventTime: "2024-01-01T00:00:00.000000Z", reportingController: "example.com/c" },
    ...{ reportingInstance: "i", action: "Test", reason: "Test", type: "Normal", note: "n" },
    regarding: { kind: "Pod", namespace: "default", name: "p" },
  }),
  valid(inDefault("autoscaling", "horizontalpodautoscalers", "v2"), {
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 3, metrics },
  }),
  valid(inDefault("autoscaling", "horizontalpodautoscalers"), {
    spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
  }),
  valid(cluster(networking, "ingressclasses"), { spec: { controller: "example.com/c" } }),
  valid(inDefault(networking, "ingresses"), {
    spec: { rules: [{ host: "a.example.com", http: { paths } }] },
  }),
  valid(inDefault(networking, "networkpolicies"), {
    spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] },
  }),
  valid(
    cluster(networking, "ipaddresses"),
    { spec: { parentRef: { resource: "services", namespace: "default", name: "none" } } },
    (number) => `10.96.200.${number + 1}`,
  ),
  valid(cluster(networking, "servicecidrs"), { spec: { cidrs: ["10.97.0.0/24"] } }),
  valid(cluster(storage, "csidrivers"), { spec: { attachRequired: false } }),
  valid(cluster(storage, "csinodes"), {
    spec: { drivers: [{ name: "d.example.com", nodeID: "n" }] },
  }),
  valid(inDefault(storage, "csistoragecapacities"), { storageClassName: "s", capacity: "1Gi" }),
  valid(cluster(storage, "storageclasses"), { provisioner: "example.com/p" }),
  valid(cluster(storage, "volumeattachments"), {
    spec: { attacher: "a.example.com", nodeName: "n", source: { persistentVolumeName: "pv" } },
  }),
  valid(cluster(storage, "volumeattributesclasses"), {
    ...{ driverName: "d.example.com", parameters: { a: "b" } },
  }),
  valid(cluster(admission, "mutatingwebhookconfigurations"), { webhooks: [webhook] }),
  valid(cluster(admission, "validatingwebhookconfigurations"), { webhooks: [webhook] }),
  valid(cluster(admission, "validatingadmissionpolicies"), {
    spec: { failurePolicy: "Ignore", matchConstraints, validations: [{ expression: "true" }] },
  }),
  valid(cluster(admission, "validatingadmissionpolicybindings"), {
    spec: { policyName: "none", validationActions: ["Warn"] },
  }),
  valid(cluster(admission, "mutatingadmissionpolicies"), {
    spec: {
      ...{ failurePolicy: "Ignore", reinvocationPolicy: "Never", matchConstraints },
      mutations: [
        { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } },
      ],
    },
  }),
  valid(cluster(admission, "mutatingadmissionpolicybindings"), { spec: { policyName: "none" } }),
  valid(cluster(devices, "deviceclasses"), {
    spec: { selectors: [{ cel: { expression: "true" } }] },
  }),
  valid(cluster(devices, "devicetaintrules"), {
    spec: {
      deviceSelector: { driver: "d.example.com" },
      taint: { key: "a.example.com/k", effect: "NoSchedule" },
    },
  }),
  valid(inDefault(devices, "resourceclaims"), { spec: claim }),
  valid(inDefault(devices, "resourceclaimtemplates"), { spec: { spec: claim } }),
  valid(cluster(devices, "resourceslices"), {
    spec: { driver: "d.example.com", pool, nodeName: "n", devices: [{ name: "d0" }] },
  }),
  valid(cluster(flow, "flowschemas"), {
    spec: {
      ...{ priorityLevelConfiguration: { name: "exempt" }, matchingPrecedence: 9000 },
      distinguisherMethod: { type: "ByUser" },
      rules: [
        {
          subjects: [{ kind: "User", user: { name: "nobody" } }],
          resourceRules: [{ ...configmaps, namespaces: ["*"] }],
        },
      ],
    },
  }),
  valid(cluster(flow, "prioritylevelconfigurations"), {
    spec: {
      type: "Limited",
      limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } },
    },
  }),
  valid(cluster("storagemigration.k8s.io", "storageversionmigrations"), {
    spec: { resource: { group: "", resource: "configmaps" } },
  }),
  valid(
    cluster("apiregistration.k8s.io", "apiservices"),
    {
      spec: {
        ...{ group: "none.example.com", groupPriorityMinimum: 100, versionPriority: 10 },
        ...{ service: { namespace: "default", name: "none" }, insecureSkipTLSVerify: true },
      },
    },
    (number) => `v${number + 1}.none.example.com`,
  ),
  ...[1, 2].map(() =>
    valid(
      cluster("apiextensions.k8s.io", "customresourcedefinitions"),
      { spec: { group: "x.example.com", scope: "Namespaced" } },
      (number) => `things${number}.x.example.com`,
    ),
  ),
];

/** Some have all versions alike, which upstream stores in another shape than others. */
function definitionSpec(number: number): object {
  const schema = { openAPIV3Schema: { type: "object", properties: { a: { type: "string" } } } };
  const names = { plural: `things${number}`, singular: `thing${number}`, kind: `Thing${number}` };
  const columns = { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".a" }] };
  const first = { name: "v1", served: true, storage: true, schema, ...columns };
  const second = { name: "v2", served: true, storage: false, schema, subresources: { status: {} } };
  const versions = number % 4 < 2 ? [first] : [first, second];
  return { names, versions };
}

/** What of an object follows from its name. */
function named({ path, object, name }: ValidObject, number: number): object {
  const chosen = name?.(number) ?? `x-${number}`;
  const whole = object as { metadata?: object; spec?: object };
  const metadata = { ...whole.metadata, name: chosen };
  const own = path.endsWith("/apiservices")
    ? { version: chosen.split(".")[0] }
    : path.endsWith("/customresourcedefinitions") && definitionSpec(number);
  return own ? { metadata, spec: { ...whole.spec, ...own } } : { ...object, metadata };
}

/**
 * Of every kind that is stored and that both servers take from anybody, at least one.
 *
 * @param trustBundle PEM of a certificate authority.
 */
export const validObjects = (trustBundle: string): ValidObject[] => [
  ...recordedObjects(),
  ...more,
  valid(cluster("certificates.k8s.io", "clustertrustbundles"), { spec: { trustBundle } }),
];

/** One of that kind, with a name of its own. */
export function validObject(kind: ValidObject, number: number): { name: string; body: object } {
  const body = named(kind, number);
  return { name: (body as { metadata: { name: string } }).metadata.name, body };
}
