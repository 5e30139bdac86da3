import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flagRows } from "../../../lib/api/capabilities/flags/flagCapability.js";
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
const shared = [
  ...["runComponent.ts", "connectComponent.ts", "servingCertificate.ts"],
  "flags/checkFeatureGates.ts",
];
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

describe("the table of flags", () => {
  for (const [name, { flags, folder }] of Object.entries(components)) {
    const rows = flagRows[name] ?? [];
    // Of a flag that is read, some values may be refused.
    const limited = new Set(rows.flatMap((row) => (row.when ? [] : row.flags)));

    it(`lists just the flags of ${name} that nothing reads yet`, () => {
      const text = source(folder);
      const unread = flags
        .map((flag) => flag.name)
        .filter((flag) => !text.includes(`"${flag}"`) && !new RegExp(`\\n  ${flag}:`).test(text));
      assert.deepEqual([...limited].sort(), unread.sort());
    });

    it(`says one thing of each value of a flag of ${name}`, () => {
      const seen = rows.flatMap((row) => (row.when ? [] : row.flags));
      assert.equal(new Set(seen).size, seen.length);
      for (const { why } of rows) assert.match(why, /^[^ .].*[^.\n]$/);
    });
  }
});
