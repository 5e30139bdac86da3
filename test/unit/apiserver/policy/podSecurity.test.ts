import assert from "node:assert/strict";
import type { PodSpec } from "../../../../lib/api/gen/types/coreV1.js";
import { podSecurityChecks } from "../../../../lib/apiserver/admission/podSecurityChecks.js";

function findings(id: string, spec: object): string | undefined {
  const check = podSecurityChecks.find((candidate) => candidate.id === id);
  assert.ok(check, id);
  const found = check.check(spec as PodSpec, {});
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
