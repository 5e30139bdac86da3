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
  /** Checks of the lower level that this one says better. */
  readonly replaces?: readonly string[];
  /** What is wrong; undefined when nothing is. */
  check(spec: PodSpec, metadata: ObjectMeta): Finding | undefined;
}

export interface Finding {
  readonly reason: string;
  readonly detail: string;
}

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

const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

const seLinuxTypes = new Set([
  "",
  "container_engine_t",
  "container_init_t",
  "container_kvm_t",
  "container_t",
]);

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

function seLinux(spec: PodSpec): Finding | undefined {
  const setters: string[] = [];
  const types: string[] = [];
  let user = false;
  let role = false;
  const look = (context: SecurityContext | undefined): boolean => {
    const options = context?.seLinuxOptions;
    if (!options) return false;
    const before = [types.length, user, role].join();
    if (!seLinuxTypes.has(options.type ?? "")) types.push(options.type ?? "");
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

function sysctls(spec: PodSpec): Finding | undefined {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
  const bad = names.filter((name) => !safeSysctls.has(name));
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
  if (isWindows(spec) || spec.securityContext?.seccompProfile) return undefined;
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
  if (isWindows(spec)) return undefined;
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

/** In the order in which their findings are told. */
export const podSecurityChecks: readonly PodSecurityCheck[] = [
  { id: "appArmorProfile", level: "baseline", check: appArmor },
  {
    id: "capabilities_baseline",
    level: "baseline",
    check: (spec) => addedBeyond(spec, defaultCapabilities, "non-default capabilities"),
  },
  { id: "hostNamespaces", level: "baseline", check: hostNamespaces },
  { id: "hostPathVolumes", level: "baseline", check: hostPath },
  { id: "hostPorts", level: "baseline", check: hostPorts },
  { id: "hostProbesAndHostLifecycle", level: "baseline", check: hostProbes },
  {
    id: "privileged",
    level: "baseline",
    check: (spec) =>
      eachContainer(
        spec,
        "privileged",
        (context) => context?.privileged === true,
        "must not set securityContext.privileged=true",
      ),
  },
  {
    id: "procMount",
    level: "baseline",
    check: (spec) =>
      spec.hostUsers === false
        ? undefined
        : eachContainer(
            spec,
            "procMount",
            (context) => (context?.procMount ?? "Default") !== "Default",
            'must not set securityContext.procMount to "Unmasked"',
          ),
  },
  { id: "seLinuxOptions", level: "baseline", check: seLinux },
  { id: "seccompProfile_baseline", level: "baseline", check: seccompBaseline },
  { id: "sysctls", level: "baseline", check: sysctls },
  {
    id: "windowsHostProcess",
    level: "baseline",
    check: (spec) =>
      eachContainer(
        spec,
        "hostProcess",
        (context) => context?.windowsOptions?.hostProcess === true,
        "must not set securityContext.windowsOptions.hostProcess=true",
      ),
  },
  {
    id: "allowPrivilegeEscalation",
    level: "restricted",
    check: (spec) =>
      isWindows(spec)
        ? undefined
        : eachContainer(
            spec,
            "allowPrivilegeEscalation != false",
            (context) => context?.allowPrivilegeEscalation !== false,
            "must set securityContext.allowPrivilegeEscalation=false",
          ),
  },
  {
    id: "capabilities_restricted",
    level: "restricted",
    replaces: ["capabilities_baseline"],
    check: capabilitiesRestricted,
  },
  {
    id: "restrictedVolumes",
    level: "restricted",
    replaces: ["hostPathVolumes"],
    check: volumeTypes,
  },
  {
    id: "runAsNonRoot",
    level: "restricted",
    check: (spec) => (spec.hostUsers === false ? undefined : runAsNonRoot(spec)),
  },
  {
    id: "runAsUser",
    level: "restricted",
    check: (spec) => (spec.hostUsers === false ? undefined : runAsRoot(spec)),
  },
  {
    id: "seccompProfile_restricted",
    level: "restricted",
    replaces: ["seccompProfile_baseline"],
    check: seccompRestricted,
  },
];
