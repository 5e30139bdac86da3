import { type Capability, type Limitation, works } from "./capability.js";

/** Some admission plugins that share one limitation. */
export type AdmissionPluginRow = Limitation & { readonly plugins: readonly string[] };

/** Upstream's admission plugins that are not there yet. Those without a row work. */
export const admissionPluginRows: readonly AdmissionPluginRow[] = [
  {
    state: "refused",
    why: "the plugin is not there yet, and nothing would be guarded by it: take its name away",
    plugins: [
      ...["EventRateLimit", "ImagePolicyWebhook", "OwnerReferencesPermissionEnforcement"],
      ...["PodNodeSelector", "PodTolerationRestriction"],
    ],
  },
  {
    state: "inert",
    why: "namespaces are not made on the way: create them first",
    plugins: ["NamespaceAutoProvision"],
  },
  {
    state: "inert",
    why: "webhooks are not called yet; who creates their configurations is warned",
    plugins: ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"],
  },
  {
    state: "inert",
    why: "policies are not evaluated yet; who creates them is warned",
    plugins: ["MutatingAdmissionPolicy", "ValidatingAdmissionPolicy"],
  },
  {
    state: "inert",
    why: "what the plugin looks at does not come into being here yet",
    plugins: ["NodeDeclaredFeatureValidator", "PodGroupProtection", "PodResizeValidator"],
  },
];

/** What it does to switch an admission plugin on by name. */
export function admissionPluginCapability(name: string): Capability {
  return admissionPluginRows.find(({ plugins }) => plugins.includes(name)) ?? works;
}
