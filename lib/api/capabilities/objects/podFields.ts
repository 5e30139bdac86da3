import type { FieldRow } from "./fieldRow.js";

/** Volumes that neither the scheduler nor the kubelet knows: a pod with one never starts. */
const unknownVolumes: readonly string[] = [
  ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "ephemeral"],
  ...["fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "image"],
  ...["iscsi", "nfs", "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume"],
  ...["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
];

const lists = ["containers[]", "initContainers[]", "ephemeralContainers[]"] as const;

/** The same fields of containers of all three lists. */
function ofContainers(...fields: readonly string[]): string[] {
  return lists.flatMap((list) => fields.map((field) => `${list}.${field}`));
}

/** Fields of a pod's spec that no component reads yet, also in templates. */
export const podFieldRows: readonly FieldRow[] = [
  {
    state: "inert",
    why: "volumes of this kind are not mounted, so the pod does not start",
    paths: unknownVolumes.map((kind) => `volumes[].${kind}`),
  },
  {
    state: "inert",
    why: "the size of an emptyDir on disk is not limited",
    paths: ["volumes[].emptyDir.sizeLimit"],
    worksBeside: { field: "medium", value: "Memory" },
  },
  {
    state: "inert",
    why: "the node has no such directories, so the pod does not start",
    paths: ["volumes[].emptyDir.medium"],
    unless: ["Memory"],
  },
  {
    state: "inert",
    why: "the directory has mode 0777",
    paths: ["volumes[].emptyDir.mode"],
  },
  {
    state: "inert",
    why: "files belong to root, or to the pod's one user where they are tokens, keys or trust anchors",
    paths: [
      ...["secret", "configMap", "downwardAPI"].flatMap((kind) => [
        `volumes[].${kind}.defaultUser`,
        `volumes[].${kind}.items[].user`,
      ]),
      "volumes[].projected.defaultUser",
      ...["secret", "configMap", "downwardAPI"].map(
        (kind) => `volumes[].projected.sources[].${kind}.items[].user`,
      ),
      ...["serviceAccountToken", "clusterTrustBundle", "podCertificate"].map(
        (kind) => `volumes[].projected.sources[].${kind}.user`,
      ),
    ],
  },
  {
    state: "inert",
    why: "the node gives pods no users of their own, so the pod does not start",
    paths: ["hostUsers"],
    only: [false],
  },
  {
    state: "inert",
    why: "only Linux runs here: the kubelet refuses the pod",
    paths: ["os.name"],
    unless: ["linux"],
  },
  {
    state: "inert",
    why: "only Linux runs here",
    paths: ["securityContext.windowsOptions", ...ofContainers("securityContext.windowsOptions")],
  },
  {
    state: "inert",
    why: "the group is given to all files, always",
    paths: ["securityContext.fsGroupChangePolicy"],
    unless: ["Always"],
  },
  {
    state: "inert",
    why: "labels of volumes are left to the runtime",
    paths: ["securityContext.seLinuxChangePolicy"],
  },
  {
    state: "inert",
    why: "pods are scheduled one by one, not as a group",
    paths: ["schedulingGroup"],
  },
  {
    state: "inert",
    why: "evictions are not held back for responders",
    paths: ["evictionResponders[]"],
  },
  {
    state: "inert",
    why: "devices are neither allocated nor given to containers, so the pod does not start",
    paths: ["resourceClaims[]"],
  },
  {
    state: "inert",
    why: "devices are neither allocated nor given to containers",
    paths: ["resources.claims[]", ...ofContainers("resources.claims[]", "volumeDevices[]")],
  },
  {
    state: "inert",
    why: "the scheduler counts it, and nothing on the node enforces it",
    paths: ofContainers("resources.limits.ephemeral-storage"),
  },
  {
    state: "inert",
    why: "containers are not resized in place",
    paths: ofContainers("resizePolicy[].restartPolicy"),
    unless: ["NotRequired"],
  },
  {
    state: "inert",
    why: "variables are not read from files, so the container does not start",
    paths: ofContainers("env[].valueFrom.fileKeyRef"),
  },
  {
    state: "inert",
    why: "the image's signal is sent",
    paths: ofContainers("lifecycle.stopSignal"),
  },
  {
    state: "inert",
    why: "mounts below the volume would stay writable, so the container does not start",
    paths: ofContainers("volumeMounts[].recursiveReadOnly"),
    only: ["Enabled"],
  },
  {
    state: "inert",
    why: "the mount has the options of its volume",
    paths: ofContainers("volumeMounts[].bindMountOptions[]"),
  },
  {
    state: "inert",
    why: "only the action Restart is carried out",
    paths: ofContainers("restartPolicyRules[].action"),
    unless: ["Restart"],
  },
];

/** Whether a field of a pod's spec has its effect, whatever its value. */
export function podFieldWorks(path: string): boolean {
  return podFieldRows.every(({ paths }) => !paths.includes(path));
}
