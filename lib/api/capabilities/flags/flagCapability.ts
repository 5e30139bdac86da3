import { type Capability, works } from "../capability.js";
import type { FlagRow } from "./flagRow.js";
import { kubeApiserverCapabilities } from "./kubeApiserverCapabilities.js";
import { kubeControllerManagerCapabilities } from "./kubeControllerManagerCapabilities.js";
import { kubeletCapabilities } from "./kubeletCapabilities.js";
import { kubeProxyCapabilities } from "./kubeProxyCapabilities.js";
import { kubeSchedulerCapabilities } from "./kubeSchedulerCapabilities.js";

/** The rows of each component, by the name of its command. A flag without a row works. */
export const flagRows: Readonly<Record<string, readonly FlagRow[]>> = {
  "kube-apiserver": kubeApiserverCapabilities,
  "kube-controller-manager": kubeControllerManagerCapabilities,
  "kube-scheduler": kubeSchedulerCapabilities,
  kubelet: kubeletCapabilities,
  "kube-proxy": kubeProxyCapabilities,
};

/** What a flag of a component does when it has this value, which is not its default. */
export function flagCapability(component: string, flag: string, value: string): Capability {
  const row = flagRows[component]?.find(
    (one) => one.flags.includes(flag) && (one.when === undefined || one.when.test(value)),
  );
  return row === undefined || row.fine?.includes(value) === true ? works : row;
}
