import assert from "node:assert/strict";
import { kubeletFlags } from "../../../lib/cmd/flags/kubeletFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { runtimeDisagreements } from "../../../lib/cmd/kubelet/runtimeDisagreements.js";

const config = { cni: { binDir: "/usr/lib/cni", confDir: "/etc/cni/net.d" }, sandboxImage: "p:1" };
const told = { config: JSON.stringify(config) };
const ask = (args: string[], info: Record<string, string> = told): string[] =>
  runtimeDisagreements(parseFlags(kubeletFlags, args), info);

describe("runtimeDisagreements", () => {
  it("says nothing where the runtime agrees, is silent, or nothing is set", () => {
    const same = ["--cni-bin-dir=/usr/lib/cni/", "--cni-conf-dir=/etc/cni/net.d"];
    const rest = ["--network-plugin=cni", "--pod-infra-container-image=p:1"];
    assert.deepEqual(ask([...same, ...rest]), []);
    assert.deepEqual(ask([]), []);
    assert.deepEqual(ask(["--cni-bin-dir=/x"], {}), []);
    assert.deepEqual(ask(["--cni-bin-dir=/x"], { config: "none" }), []);
  });

  it("names each flag that the runtime contradicts", () => {
    const args = ["--cni-bin-dir=/x", "--network-plugin=kubenet", "--pod-infra-container-image=q"];
    assert.deepEqual(ask(args), [
      '--cni-bin-dir=/x, but the runtime has "/usr/lib/cni"',
      '--pod-infra-container-image=q, but the runtime has "p:1"',
      "--network-plugin=kubenet, but CRI has cni",
    ]);
  });
});
