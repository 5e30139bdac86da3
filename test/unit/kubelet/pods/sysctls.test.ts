import assert from "node:assert/strict";
import type { Pod } from "../../../../lib/api/gen/types/coreV1.js";
import { sysctlPatternProblem, sysctlRefusal } from "../../../../lib/kubelet/pods/sysctls.js";

const pod = (name: string, more: object = {}): Pod => ({
  metadata: { name: "p" },
  spec: {
    containers: [{ name: "c", image: "i" }],
    securityContext: { sysctls: [{ name, value: "1" }] },
    ...more,
  },
});

const cases: [name: string, allowed: string[], spec: object, why: string | undefined][] = [
  ["net.ipv4.tcp_syncookies", [], {}, undefined],
  ["net/ipv4/tcp_syncookies", [], {}, undefined],
  ["kernel.msgmax", [], {}, "not allowlisted"],
  ["kernel.panic", [], {}, "not allowlisted"],
  ["kernel.msgmax", ["kernel.msg*"], {}, undefined],
  ["kernel.msgmax", ["kernel/msgmax"], {}, undefined],
  ["net.core.somaxconn", ["net.core.somaxconn"], {}, undefined],
  ["net.core.somaxconn2", ["net.core.somaxconn"], {}, "not allowlisted"],
  ["net.ipv4.tcp_syncookies", [], { hostNetwork: true }, "not allowed with host net enabled"],
  ["kernel.shm_rmid_forced", [], { hostIPC: true }, "not allowed with host ipc enabled"],
  ["kernel.shm_rmid_forced", [], { hostNetwork: true }, undefined],
];

describe("sysctls of pods", () => {
  for (const [name, allowed, spec, why] of cases) {
    it(`${name} with ${JSON.stringify(spec)}, allowed ${allowed.join()}: ${why ?? "fine"}`, () => {
      const message = `Pod was rejected: forbidden sysctl: ${JSON.stringify(name)} ${why}`;
      const expected = why === undefined ? undefined : { reason: "SysctlForbidden", message };
      assert.deepEqual(sysctlRefusal(pod(name, spec), allowed), expected);
    });
  }

  it("may be allowed only where they are namespaced", () => {
    for (const pattern of ["kernel.msg*", "net.*", "kernel.sem", "fs.mqueue.*", "net/core/x"]) {
      assert.equal(sysctlPatternProblem(pattern), undefined, pattern);
    }
    for (const pattern of ["kernel.panic", "*", "vm.*", "kernel.*", "net.ipv4.*x", ""]) {
      assert.notEqual(sysctlPatternProblem(pattern), undefined, pattern);
    }
  });
});
