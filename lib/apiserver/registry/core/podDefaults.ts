import type {
  Container,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from "../../../api/gen/types/coreV1.js";

/** 0644: files of volumes that say no mode. */
const fileMode = 0o644;

/** What a container and an ephemeral container have in common. */
export type AnyContainer = Omit<Container, "name" | "resizePolicy" | "restartPolicyRules"> & {
  name?: string;
};

/** A pod's own defaults and those of its spec. */
export function defaultPod(pod: Pod): void {
  const spec = pod.spec;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    defaultRequests(container.resources);
  }
  if (spec.resources) defaultRequests(spec.resources);
  spec.enableServiceLinks ??= true;
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  if (spec.hostNetwork === true) defaultHostPorts(spec);
  defaultPodSpec(spec);
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined | null): void {
  if (template?.spec) defaultPodSpec(template.spec);
}

/**
 * Defaults that pods and pod templates share (upstream's SetDefaults_PodSpec and what is below
 * it).
 */
export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  // The older name is kept equal, so that clients of either see it.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}

function defaultRequests(resources: ResourceRequirements | undefined | null): void {
  if (!resources?.limits) return;
  const requests = resources.requests ?? {};
  for (const [name, limit] of Object.entries(resources.limits)) requests[name] ??= limit;
  resources.requests = requests;
}

function defaultHostPorts(spec: PodSpec): void {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

export function defaultContainer(container: AnyContainer): void {
  if (!container.imagePullPolicy) {
    const latest = isLatest(container.image ?? "");
    container.imagePullPolicy = latest ? "Always" : "IfNotPresent";
  }
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ||= "v1";
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
}

/** Whether an image reference means the tag `latest`: it says so, or has neither tag nor digest. */
function isLatest(image: string): boolean {
  if (image === "" || image.includes("@") || /\s|^[0-9a-f]{64}$/.test(image)) return false;
  const name = image.slice(image.lastIndexOf("/") + 1);
  const colon = name.indexOf(":");
  // Capitals are no image reference outside its host and tag: nothing is known of its tag then.
  const slash = image.indexOf("/");
  if (!/^[A-Za-z0-9]/.test(name)) return false;
  const path = image.slice(slash < 0 ? 0 : slash + 1, image.length - name.length);
  if (/[A-Z]/.test(path + (colon < 0 ? name : name.slice(0, colon)))) return false;
  return colon < 0 || name.slice(colon + 1) === "latest";
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= "";
}

function defaultHandler(handler: LifecycleHandler | undefined | null): void {
  if (handler?.httpGet) defaultHttpGet(handler.httpGet);
}

function defaultHttpGet(action: HTTPGetAction): void {
  action.path ||= "/";
  action.scheme ||= "HTTP";
}

function defaultVolume(volume: Volume): void {
  const { name: _name, ...sources } = volume;
  if (Object.values(sources).every((source) => source === undefined || source === null)) {
    volume.emptyDir = {};
  }
  if (volume.secret) volume.secret.defaultMode ??= fileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode;
    for (const item of volume.downwardAPI.items ?? []) defaultFieldRef(item);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= fileMode;
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
      for (const item of source.downwardAPI?.items ?? []) defaultFieldRef(item);
    }
  }
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= "default";
  if (volume.ephemeral?.volumeClaimTemplate) {
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  }
  if (volume.image && !volume.image.pullPolicy) {
    const latest = isLatest(volume.image.reference ?? "");
    volume.image.pullPolicy = latest ? "Always" : "IfNotPresent";
  }
}

function defaultFieldRef(item: { fieldRef?: { apiVersion?: string } }): void {
  if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
}
