import { podFieldWorks } from "../../api/capabilities/objects/podFields.js";
import type {
  Capabilities,
  Container,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from "../../api/gen/types/coreV1.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";

/**
 * The Pod Security Standards
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
 */
export interface PodSecurityCheck {
  readonly id: string;
  readonly level: "baseline" | "restricted";
  /** Checks of the lower level that this one says better, in every version that has it. */
  readonly replaces?: readonly string[];
  /** Oldest first. Before the first there is no such check. */
  readonly versions: readonly VersionedCheck[];
}

export interface VersionedCheck {
  /** The minor version of Kubernetes, of 1.x, from which on the standard says so. */
  readonly since: number;
  /** What is wrong; undefined when nothing is. */
  check(spec: PodSpec, metadata: ObjectMeta): Finding | undefined;
}

/** The check as the standard of a minor version has it; undefined where it has none. */
export function checkOfVersion(
  { versions }: PodSecurityCheck,
  minor: number,
): VersionedCheck["check"] | undefined {
  return versions.findLast(({ since }) => since <= minor)?.check;
}

export interface Finding {
  readonly reason: string;
  readonly detail: string;
}

/** By which profiles were asked for before there were fields; of one container with its name. */
export const seccompAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
export const seccompContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/";

type Any = Pick<Container, "name" | "securityContext" | "ports"> & Partial<Container>;

function everyContainer(spec: PodSpec): Any[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec.ephemeralContainers ?? []) as Any[]),
  ];
}

const quote = (text: string): string => JSON.stringify(text);

/** `container "a"`, `containers "a", "b"`. */
function named(what: string, names: readonly string[]): string {
  return `${what}${names.length === 1 ? "" : "s"} ${names.map(quote).join(", ")}`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** A check that every container must pass, with what is said of those that do not. */
function eachContainer(
  spec: PodSpec,
  reason: string,
  fails: (context: SecurityContext | undefined, container: Any) => boolean,
  must: string,
): Finding | undefined {
  const bad = everyContainer(spec).filter((c) => fails(c.securityContext ?? undefined, c));
  if (bad.length === 0) return undefined;
  return {
    reason,
    detail: `${named(
      "container",
      bad.map(({ name }) => name),
    )} ${must}`,
  };
}

const defaultCapabilities = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

/** Sysctls that became safe, by the minor version that says so. */
const safeSysctls: readonly (readonly [since: number, names: readonly string[]])[] = [
  [
    0,
    [
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.ip_unprivileged_port_start",
      "net.ipv4.ping_group_range",
      "net.ipv4.tcp_syncookies",
    ],
  ],
  [27, ["net.ipv4.ip_local_reserved_ports"]],
  [
    29,
    [
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
      "net.ipv4.tcp_keepalive_time",
    ],
  ],
  [32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]],
];

const seLinuxTypes = ["", "container_init_t", "container_kvm_t", "container_t"];

const restrictedVolumes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

function addedBeyond(spec: PodSpec, allowed: ReadonlySet<string>, reason: string) {
  const beyond = (capabilities: Capabilities | undefined): string[] =>
    (capabilities?.add ?? []).filter((capability) => !allowed.has(capability));
  const bad = everyContainer(spec).filter(
    (c) => beyond(c.securityContext?.capabilities).length > 0,
  );
  if (bad.length === 0) return undefined;
  const added = distinct(bad.flatMap((c) => beyond(c.securityContext?.capabilities)));
  const who = named(
    "container",
    bad.map(({ name }) => name),
  );
  const detail = `${who} must not include ${added.map(quote).join(", ")} in securityContext.capabilities.add`;
  return { reason, detail };
}

function hostNamespaces(spec: PodSpec): Finding | undefined {
  const set = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((f) => spec[f] === true);
  if (set.length === 0) return undefined;
  return { reason: "host namespaces", detail: set.map((field) => `${field}=true`).join(", ") };
}

function hostPath(spec: PodSpec): Finding | undefined {
  const volumes = (spec.volumes ?? []).filter((volume) => volume.hostPath);
  if (volumes.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: named(
      "volume",
      volumes.map(({ name }) => name),
    ),
  };
}

function hostPorts(spec: PodSpec): Finding | undefined {
  const ports = (c: Any): string[] =>
    (c.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const bad = everyContainer(spec).filter((c) => ports(c).length > 0);
  if (bad.length === 0) return undefined;
  const all = distinct(bad.flatMap(ports));
  const use = bad.length === 1 ? "uses" : "use";
  const what = all.length === 1 ? "hostPort" : "hostPorts";
  const who = named(
    "container",
    bad.map(({ name }) => name),
  );
  return { reason: "hostPort", detail: `${who} ${use} ${what} ${all.join(", ")}` };
}

function hostProbes(spec: PodSpec): Finding | undefined {
  const hosts = (c: Any): string[] =>
    [
      c.livenessProbe,
      c.readinessProbe,
      c.startupProbe,
      c.lifecycle?.postStart,
      c.lifecycle?.preStop,
    ].flatMap((handler) => [
      ...(handler?.httpGet?.host ? [handler.httpGet.host] : []),
      ...(handler?.tcpSocket?.host ? [handler.tcpSocket.host] : []),
    ]);
  const bad = everyContainer(spec).filter((c) => hosts(c).length > 0);
  if (bad.length === 0) return undefined;
  const all = distinct(bad.flatMap(hosts)).map(quote).join(", ");
  const use = bad.length === 1 ? "uses" : "use";
  const who = named(
    "container",
    bad.map(({ name }) => name),
  );
  return {
    reason: "probe or lifecycle host",
    detail: `${who} ${use} probe or lifecycle host ${all}`,
  };
}

function seLinux(spec: PodSpec, allowed: readonly string[]): Finding | undefined {
  const setters: string[] = [];
  const types: string[] = [];
  let user = false;
  let role = false;
  const look = (context: SecurityContext | undefined): boolean => {
    const options = context?.seLinuxOptions;
    if (!options) return false;
    const before = [types.length, user, role].join();
    if (!allowed.includes(options.type ?? "")) types.push(options.type ?? "");
    user ||= Boolean(options.user);
    role ||= Boolean(options.role);
    return before !== [types.length, user, role].join();
  };
  if (look(spec.securityContext as SecurityContext | undefined)) setters.push("pod");
  const bad = everyContainer(spec).filter((c) => look(c.securityContext ?? undefined));
  if (bad.length > 0)
    setters.push(
      named(
        "container",
        bad.map(({ name }) => name),
      ),
    );
  if (setters.length === 0) return undefined;
  const wrong = [
    ...(types.length > 0
      ? [`type${types.length > 1 ? "s" : ""} ${distinct(types).map(quote).join(", ")}`]
      : []),
    ...(user ? ["user may not be set"] : []),
    ...(role ? ["role may not be set"] : []),
  ];
  const detail = `${setters.join(" and ")} set forbidden securityContext.seLinuxOptions: ${wrong.join("; ")}`;
  return { reason: "seLinuxOptions", detail };
}

/** Before there were fields, annotations asked for profiles. */
function seccompAnnotations(spec: PodSpec, { annotations = {} }: ObjectMeta): Finding | undefined {
  const keys = [
    seccompAnnotation,
    ...everyContainer(spec).map(({ name }) => `${seccompContainerAnnotation}${name}`),
  ];
  const bad = keys.flatMap((key) => {
    const value = annotations[key];
    const allowed =
      value === undefined ||
      value === "runtime/default" ||
      value === "docker/default" ||
      value.startsWith("localhost/");
    return allowed ? [] : [`${key}=${quote(value)}`];
  });
  if (bad.length === 0) return undefined;
  const what = bad.length === 1 ? "annotation" : "annotations";
  return { reason: "seccompProfile", detail: `forbidden ${what} ${distinct(bad).join(", ")}` };
}

function seccompBaseline(spec: PodSpec): Finding | undefined {
  const allowed = (profile: SeccompProfile | undefined): boolean =>
    !profile || profile.type === "RuntimeDefault" || profile.type === "Localhost";
  const who: string[] = [];
  const types: string[] = [];
  const own = spec.securityContext?.seccompProfile;
  if (!allowed(own)) {
    who.push("pod");
    types.push(own?.type ?? "");
  }
  const bad = everyContainer(spec).filter((c) => !allowed(c.securityContext?.seccompProfile));
  if (bad.length > 0) {
    who.push(
      named(
        "container",
        bad.map(({ name }) => name),
      ),
    );
    types.push(...bad.map((c) => c.securityContext?.seccompProfile?.type ?? ""));
  }
  if (who.length === 0) return undefined;
  const shown = distinct(types).map(quote).join(", ");
  const detail = `${who.join(" and ")} must not set securityContext.seccompProfile.type to ${shown}`;
  return { reason: "seccompProfile", detail };
}

function sysctls(spec: PodSpec, minor: number): Finding | undefined {
  const safe = safeSysctls.flatMap(([since, names]) => (since <= minor ? names : []));
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
  const bad = names.filter((name) => !safe.includes(name));
  return bad.length === 0
    ? undefined
    : { reason: "forbidden sysctls", detail: distinct(bad).join(", ") };
}

function volumeTypes(spec: PodSpec): Finding | undefined {
  const bad: { name: string; type: string }[] = [];
  for (const { name, ...sources } of spec.volumes ?? []) {
    for (const [type, source] of Object.entries(sources)) {
      if (source && !restrictedVolumes.has(type)) bad.push({ name, type });
    }
  }
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map(({ type }) => type));
  const use = bad.length === 1 ? "uses" : "use";
  const what = types.length === 1 ? "type" : "types";
  const who = named(
    "volume",
    bad.map(({ name }) => name),
  );
  const detail = `${who} ${use} restricted volume ${what} ${types.map(quote).join(", ")}`;
  return { reason: "restricted volume types", detail };
}

function isWindows(spec: PodSpec): boolean {
  return spec.os?.name === "windows";
}

function runAsNonRoot(spec: PodSpec): Finding | undefined {
  const reason = "runAsNonRoot != true";
  const pod = spec.securityContext?.runAsNonRoot;
  const all = everyContainer(spec);
  const explicit = all.filter((c) => c.securityContext?.runAsNonRoot === false);
  const who = [
    ...(pod === false ? ["pod"] : []),
    ...(explicit.length > 0
      ? [
          named(
            "container",
            explicit.map(({ name }) => name),
          ),
        ]
      : []),
  ];
  const unset = all.filter((c) => (c.securityContext?.runAsNonRoot ?? undefined) === undefined);
  if (pod === false && all.length > 0 && unset.length === 0 && explicit.length === 0) {
    // Every container says better than its pod.
    return undefined;
  }
  if (who.length > 0) {
    const detail = `${who.join(" and ")} must not set securityContext.runAsNonRoot=false`;
    return { reason, detail };
  }
  if (pod === true || unset.length === 0) return undefined;
  const names = named(
    "container",
    unset.map(({ name }) => name),
  );
  return { reason, detail: `pod or ${names} must set securityContext.runAsNonRoot=true` };
}

function runAsRoot(spec: PodSpec): Finding | undefined {
  const bad = everyContainer(spec).filter((c) => c.securityContext?.runAsUser === 0);
  const who = [
    ...(spec.securityContext?.runAsUser === 0 ? ["pod"] : []),
    ...(bad.length > 0
      ? [
          named(
            "container",
            bad.map(({ name }) => name),
          ),
        ]
      : []),
  ];
  if (who.length === 0) return undefined;
  return { reason: "runAsUser=0", detail: `${who.join(" and ")} must not set runAsUser=0` };
}

function seccompRestricted(spec: PodSpec): Finding | undefined {
  const wrong = seccompBaseline(spec);
  if (wrong !== undefined) return wrong;
  if (spec.securityContext?.seccompProfile) return undefined;
  const unset = everyContainer(spec).filter((c) => !c.securityContext?.seccompProfile);
  if (unset.length === 0) return undefined;
  const names = named(
    "container",
    unset.map(({ name }) => name),
  );
  const detail = `pod or ${names} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: "seccompProfile", detail };
}

function capabilitiesRestricted(spec: PodSpec): Finding | undefined {
  const reason = "unrestricted capabilities";
  const keeps = everyContainer(spec).filter(
    (c) => !(c.securityContext?.capabilities?.drop ?? []).includes("ALL"),
  );
  const added = addedBeyond(spec, new Set(["NET_BIND_SERVICE"]), reason);
  if (keeps.length === 0) return added;
  const who = named(
    "container",
    keeps.map(({ name }) => name),
  );
  const drop = `${who} must set securityContext.capabilities.drop=["ALL"]`;
  return { reason, detail: added === undefined ? drop : `${drop}; ${added.detail}` };
}

function appArmor(spec: PodSpec, metadata: ObjectMeta): Finding | undefined {
  const forbidden = Object.entries(metadata.annotations ?? {}).filter(
    ([key, value]) =>
      key.startsWith("container.apparmor.security.beta.kubernetes.io/") &&
      value !== "" &&
      value !== "runtime/default" &&
      !value.startsWith("localhost/"),
  );
  const unconfined = (context: SecurityContext | undefined): boolean =>
    context?.appArmorProfile?.type === "Unconfined";
  const who: string[] = [];
  if (unconfined(spec.securityContext as SecurityContext | undefined)) who.push("pod");
  const bad = everyContainer(spec).filter((c) => unconfined(c.securityContext ?? undefined));
  if (bad.length > 0)
    who.push(
      named(
        "container",
        bad.map(({ name }) => name),
      ),
    );
  const details = [
    ...(who.length > 0
      ? [`${who.join(" and ")} must not set AppArmor profile type to "Unconfined"`]
      : []),
    ...(forbidden.length > 0
      ? [
          forbidden
            .map(([key, value]) => `${key}=${quote(value)}`)
            .sort()
            .join(", "),
        ]
      : []),
  ];
  if (details.length === 0) return undefined;
  const reason =
    details.length + forbidden.length > 2
      ? "forbidden AppArmor profiles"
      : "forbidden AppArmor profile";
  return { reason, detail: details.join(", ") };
}

function privileged(spec: PodSpec): Finding | undefined {
  return eachContainer(
    spec,
    "privileged",
    (context) => context?.privileged === true,
    "must not set securityContext.privileged=true",
  );
}

function procMount(spec: PodSpec): Finding | undefined {
  return eachContainer(
    spec,
    "procMount",
    (context) => (context?.procMount ?? "Default") !== "Default",
    'must not set securityContext.procMount to "Unmasked"',
  );
}

function hostProcess(spec: PodSpec): Finding | undefined {
  return eachContainer(
    spec,
    "hostProcess",
    (context) => context?.windowsOptions?.hostProcess === true,
    "must not set securityContext.windowsOptions.hostProcess=true",
  );
}

function privilegeEscalation(spec: PodSpec): Finding | undefined {
  return eachContainer(
    spec,
    "allowPrivilegeEscalation != false",
    (context) => context?.allowPrivilegeEscalation !== false,
    "must set securityContext.allowPrivilegeEscalation=false",
  );
}

type Check = VersionedCheck["check"];

/** From 1.25 on pods of Windows are let off: what is asked for does not exist there. */
function butForWindows(since: number, check: Check): VersionedCheck[] {
  const relaxed: Check = (spec, metadata) => (isWindows(spec) ? undefined : check(spec, metadata));
  return [
    { since, check },
    { since: 25, check: relaxed },
  ];
}

/**
 * From 1.35 on pods with users of their own are let off, for root in them is nobody outside: only
 * as far as nodes give them such users.
 */
function butForUserNamespaces(since: number, check: Check): VersionedCheck[] {
  const relaxed: Check = (spec, metadata) =>
    spec.hostUsers === false && podFieldWorks("hostUsers") ? undefined : check(spec, metadata);
  return [
    { since, check },
    { since: 35, check: relaxed },
  ];
}

const always = (check: Check): VersionedCheck[] => [{ since: 0, check }];

/** In the order in which their findings are told. */
export const podSecurityChecks: readonly PodSecurityCheck[] = [
  { id: "appArmorProfile", level: "baseline", versions: always(appArmor) },
  {
    id: "capabilities_baseline",
    level: "baseline",
    versions: always((spec) => addedBeyond(spec, defaultCapabilities, "non-default capabilities")),
  },
  { id: "hostNamespaces", level: "baseline", versions: always(hostNamespaces) },
  { id: "hostPathVolumes", level: "baseline", versions: always(hostPath) },
  { id: "hostPorts", level: "baseline", versions: always(hostPorts) },
  {
    id: "hostProbesAndHostLifecycle",
    level: "baseline",
    versions: [{ since: 34, check: hostProbes }],
  },
  { id: "privileged", level: "baseline", versions: always(privileged) },
  { id: "procMount", level: "baseline", versions: butForUserNamespaces(0, procMount) },
  {
    id: "seLinuxOptions",
    level: "baseline",
    versions: [
      { since: 0, check: (spec) => seLinux(spec, seLinuxTypes) },
      { since: 31, check: (spec) => seLinux(spec, [...seLinuxTypes, "container_engine_t"]) },
    ],
  },
  {
    id: "seccompProfile_baseline",
    level: "baseline",
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompBaseline },
    ],
  },
  {
    id: "sysctls",
    level: "baseline",
    versions: safeSysctls.map(([since]) => ({ since, check: (spec) => sysctls(spec, since) })),
  },
  { id: "windowsHostProcess", level: "baseline", versions: always(hostProcess) },
  {
    id: "allowPrivilegeEscalation",
    level: "restricted",
    versions: butForWindows(8, privilegeEscalation),
  },
  {
    id: "capabilities_restricted",
    level: "restricted",
    replaces: ["capabilities_baseline"],
    versions: butForWindows(22, capabilitiesRestricted),
  },
  {
    id: "procMount_restricted",
    level: "restricted",
    replaces: ["procMount"],
    versions: [{ since: 35, check: procMount }],
  },
  {
    id: "restrictedVolumes",
    level: "restricted",
    replaces: ["hostPathVolumes"],
    versions: always(volumeTypes),
  },
  { id: "runAsNonRoot", level: "restricted", versions: butForUserNamespaces(0, runAsNonRoot) },
  { id: "runAsUser", level: "restricted", versions: butForUserNamespaces(23, runAsRoot) },
  {
    id: "seccompProfile_restricted",
    level: "restricted",
    replaces: ["seccompProfile_baseline"],
    versions: butForWindows(19, seccompRestricted),
  },
];
