import assert from "node:assert/strict";
import type { PodSpec } from "../../../../lib/api/gen/types/coreV1.js";
import {
  checkOfVersion,
  podSecurityChecks,
} from "../../../../lib/apiserver/admission/podSecurityChecks.js";

/** By default as the latest version has it. */
function findings(
  id: string,
  spec: object,
  minor = Number.POSITIVE_INFINITY,
  annotations: Record<string, string> = {},
): string | undefined {
  const check = podSecurityChecks.find((candidate) => candidate.id === id);
  assert.ok(check, id);
  const found = checkOfVersion(check, minor)?.(spec as PodSpec, { annotations });
  return found === undefined ? undefined : `${found.reason} (${found.detail})`;
}

const container = (securityContext: object, more: object = {}) => ({
  containers: [{ name: "c", image: "i", securityContext, ...more }],
});
const two = (securityContext: object) => ({
  containers: [
    { name: "a", image: "i", securityContext },
    { name: "b", image: "i", securityContext },
  ],
});

const cases: [string, object, string | undefined][] = [
  [
    "hostNamespaces",
    { hostNetwork: true, hostPID: true },
    "host namespaces (hostNetwork=true, hostPID=true)",
  ],
  ["hostNamespaces", {}, undefined],
  [
    "privileged",
    container({ privileged: true }),
    'privileged (container "c" must not set securityContext.privileged=true)',
  ],
  [
    "privileged",
    two({ privileged: true }),
    'privileged (containers "a", "b" must not set securityContext.privileged=true)',
  ],
  ["privileged", container({ privileged: false }), undefined],
  [
    "capabilities_baseline",
    container({ capabilities: { add: ["NET_ADMIN"] } }),
    `non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)`,
  ],
  ["capabilities_baseline", container({ capabilities: { add: ["CHOWN"] } }), undefined],
  [
    "hostPathVolumes",
    { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    'hostPath volumes (volume "v")',
  ],
  [
    "hostPorts",
    container({}, { ports: [{ containerPort: 1, hostPort: 80 }] }),
    'hostPort (container "c" uses hostPort 80)',
  ],
  [
    "seccompProfile_baseline",
    { securityContext: { seccompProfile: { type: "Unconfined" } } },
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    "sysctls",
    { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
    "forbidden sysctls (kernel.msgmax)",
  ],
  [
    "sysctls",
    { securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } },
    undefined,
  ],
  [
    "restrictedVolumes",
    { volumes: [{ name: "v", nfs: { server: "s", path: "/" } }] },
    'restricted volume types (volume "v" uses restricted volume type "nfs")',
  ],
  ["restrictedVolumes", { volumes: [{ name: "v", emptyDir: {} }] }, undefined],
  [
    "runAsNonRoot",
    container({}),
    'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  ],
  ["runAsNonRoot", { ...container({}), securityContext: { runAsNonRoot: true } }, undefined],
  [
    "runAsNonRoot",
    container({ runAsNonRoot: false }),
    'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
  ],
  [
    "runAsUser",
    container({ runAsUser: 0 }),
    'runAsUser=0 (container "c" must not set runAsUser=0)',
  ],
  ["allowPrivilegeEscalation", container({ allowPrivilegeEscalation: false }), undefined],
];

describe("the pod security standards", () => {
  for (const [id, spec, expected] of cases) {
    it(`${id}: ${expected ?? "nothing wrong"}`, () => {
      assert.equal(findings(id, spec), expected);
    });
  }
});

/** A pod that a version's standard forbids, the last version that allows it, and the check. */
const versions: [id: string, lastAllowed: number | undefined, spec: object][] = [
  ["privileged", undefined, container({ privileged: true })],
  ["hostProbesAndHostLifecycle", 33, container({}, { livenessProbe: { httpGet: { host: "h" } } })],
  ["allowPrivilegeEscalation", 7, container({})],
  ["capabilities_restricted", 21, container({})],
  ["runAsUser", 22, container({ runAsUser: 0 })],
  ["seccompProfile_restricted", 18, container({})],
  [
    "seccompProfile_baseline",
    18,
    { ...container({}), securityContext: { seccompProfile: { type: "Unconfined" } } },
  ],
  ["runAsNonRoot", undefined, container({})],
  ["procMount_restricted", 34, container({ procMount: "Unmasked" })],
];

/** A pod that a version's standard allows, and the first version that does. */
const relaxed: [id: string, firstAllowed: number, spec: object][] = [
  ...(
    [
      ["net.ipv4.tcp_syncookies", 0],
      ["net.ipv4.ip_local_reserved_ports", 27],
      ["net.ipv4.tcp_keepalive_time", 29],
      ["net.ipv4.tcp_rmem", 32],
    ] as const
  ).map(([name, first]): [string, number, object] => [
    "sysctls",
    first,
    { securityContext: { sysctls: [{ name, value: "1" }] } },
  ]),
  ["seLinuxOptions", 31, container({ seLinuxOptions: { type: "container_engine_t" } })],
  ["allowPrivilegeEscalation", 25, { ...container({}), os: { name: "windows" } }],
  ["capabilities_restricted", 25, { ...container({}), os: { name: "windows" } }],
  ["seccompProfile_restricted", 25, { ...container({}), os: { name: "windows" } }],
];

describe("the versions of the pod security standards", () => {
  for (const [id, lastAllowed, spec] of versions) {
    it(`${id} is asked for ${lastAllowed === undefined ? "always" : `after 1.${lastAllowed}`}`, () => {
      if (lastAllowed !== undefined) assert.equal(findings(id, spec, lastAllowed), undefined);
      assert.notEqual(findings(id, spec, (lastAllowed ?? -1) + 1), undefined);
      assert.notEqual(findings(id, spec), undefined);
    });
  }

  for (const [id, first, spec] of relaxed) {
    it(`${id} lets ${JSON.stringify(spec).slice(0, 90)} through from 1.${first}`, () => {
      // Where the check is younger than that, there is nothing to compare.
      const check = podSecurityChecks.find((candidate) => candidate.id === id);
      const since = check?.versions[0]?.since ?? 0;
      if (first > since) assert.notEqual(findings(id, spec, first - 1), undefined);
      assert.equal(findings(id, spec, first), undefined);
      assert.equal(findings(id, spec), undefined);
    });
  }

  it("knew seccomp by annotations before 1.19", () => {
    const annotations = {
      "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
      "container.seccomp.security.alpha.kubernetes.io/c": "localhost/x",
      "container.seccomp.security.alpha.kubernetes.io/other": "unconfined",
    };
    assert.equal(
      findings("seccompProfile_baseline", container({}), 18, annotations),
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    );
    assert.equal(findings("seccompProfile_baseline", container({}), 19, annotations), undefined);
  });

  it("let nobody off for users of the pod's own, as long as nodes give none", () => {
    const pod = { ...container({ runAsUser: 0, procMount: "Unmasked" }), hostUsers: false };
    for (const id of ["runAsNonRoot", "runAsUser", "procMount", "procMount_restricted"]) {
      assert.notEqual(findings(id, pod), undefined, id);
    }
  });
});
