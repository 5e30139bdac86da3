import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FlagDefinition } from "../../../lib/cmd/flags/flagTable.js";
import { kubeApiserverFlags } from "../../../lib/cmd/flags/kubeApiserverFlags.js";
import { kubeControllerManagerFlags } from "../../../lib/cmd/flags/kubeControllerManagerFlags.js";
import { kubeletFlags } from "../../../lib/cmd/flags/kubeletFlags.js";
import { kubeProxyFlags } from "../../../lib/cmd/flags/kubeProxyFlags.js";
import { kubeSchedulerFlags } from "../../../lib/cmd/flags/kubeSchedulerFlags.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
/** What the two managers read in one place; kube-apiserver has flags of the same names. */
const ofManagers: readonly string[] = ["healthServer.ts", "delegatedAccess.ts"];
/** What all components read in one place. */
const shared = ["runComponent.ts", "connectComponent.ts", "servingCertificate.ts"];
const components: Record<string, { flags: readonly FlagDefinition[]; folder: string }> = {
  "kube-apiserver": { flags: kubeApiserverFlags, folder: "kubeApiserver" },
  "kube-controller-manager": { flags: kubeControllerManagerFlags, folder: "kubeControllerManager" },
  "kube-scheduler": { flags: kubeSchedulerFlags, folder: "kubeScheduler" },
  kubelet: { flags: kubeletFlags, folder: "kubelet" },
  "kube-proxy": { flags: kubeProxyFlags, folder: "kubeProxy" },
};

function source(folder: string): string {
  const managers = folder === "kubeControllerManager" || folder === "kubeScheduler";
  const own = readdirSync(join(root, "lib/cmd", folder))
    .map((name) => join(root, "lib/cmd", folder, name))
    .filter((path) => statSync(path).isFile());
  const common = [...shared, ...(managers ? ofManagers : [])];
  const all = [...own, ...common.map((name) => join(root, "lib/cmd", name))];
  return all.map((path) => readFileSync(path, "utf8")).join("\n");
}

/** `## component` headings, then `| flag | waits for |` rows. */
function documented(): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  let current = new Set<string>();
  for (const line of readFileSync(join(root, "docs/flags.md"), "utf8").split("\n")) {
    const heading = /^## (\S+)/.exec(line)?.[1];
    if (heading) {
      current = new Set();
      result.set(heading, current);
    }
    const flag = /^\| `--([\w-]+)` \| \S/.exec(line)?.[1];
    if (flag) current.add(flag);
  }
  return result;
}

describe("docs/flags.md", () => {
  for (const [name, { flags, folder }] of Object.entries(components)) {
    it(`lists just the flags of ${name} that nothing reads yet`, () => {
      const text = source(folder);
      const unread = flags
        .map((flag) => flag.name)
        .filter((flag) => !text.includes(`"${flag}"`) && !new RegExp(`\\n  ${flag}:`).test(text));
      assert.deepEqual([...(documented().get(name) ?? [])].sort(), unread.sort());
    });
  }
});
