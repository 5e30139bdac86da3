/** Upstream's controllers that are not there yet, by name, with the name that older versions know. */
const names: Readonly<Record<string, string>> = {
  "bootstrap-signer-controller": "bootstrapsigner",
  "cloud-node-lifecycle-controller": "cloud-node-lifecycle",
  "device-taint-eviction-controller": "",
  "ephemeral-volume-controller": "ephemeral-volume",
  "horizontal-pod-autoscaler-controller": "horizontalpodautoscaling",
  "legacy-serviceaccount-token-cleaner-controller": "legacy-service-account-token-cleaner",
  "node-route-controller": "route",
  "persistentvolume-attach-detach-controller": "attachdetach",
  "persistentvolume-binder-controller": "persistentvolume-binder",
  "persistentvolume-expander-controller": "persistentvolume-expander",
  "podgroup-protection-controller": "",
  "resourceclaim-controller": "resource-claim-controller",
  "resourcepoolstatusrequest-controller": "",
  "selinux-warning-controller": "",
  "service-cidr-controller": "",
  "service-lb-controller": "service",
  "storage-version-migrator-controller": "",
  "storageversion-garbage-collector-controller": "storage-version-gc",
  "token-cleaner-controller": "tokencleaner",
  "ttl-controller": "ttl",
  "validatingadmissionpolicy-status-controller": "",
  "volumeattributesclass-protection-controller": "",
};

/** All the names that such a controller goes by. */
export const controllersToCome: ReadonlySet<string> = new Set(
  Object.entries(names)
    .flat()
    .filter((name) => name !== ""),
);
