import type { Cell, PrintContext } from "../tableRow.js";
import { accessModesCell, ageOf, nameOf, type Printed, unset } from "./cells.js";

interface ClaimTree extends Printed {
  readonly spec?: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly volumeAttributesClassName?: string;
    readonly volumeMode?: string;
    readonly accessModes?: readonly string[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly accessModes?: readonly string[];
    readonly capacity?: { readonly storage?: string };
  };
}

const storageClassAnnotation = "volume.beta.kubernetes.io/storage-class";

export function printPersistentVolumeClaim(object: ClaimTree, context: PrintContext): Cell[] {
  const { spec, status, metadata } = object;
  const bound = (spec?.volumeName ?? "") !== "";
  const phase = metadata.deletionTimestamp === undefined ? (status?.phase ?? "") : "Terminating";
  return [
    nameOf(object),
    phase,
    spec?.volumeName ?? "",
    bound ? (status?.capacity?.storage ?? "0") : "",
    bound ? accessModesCell(status?.accessModes) : "",
    metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "",
    spec?.volumeAttributesClassName ?? unset,
    ageOf(object, context),
    spec?.volumeMode ?? unset,
  ];
}

interface VolumeTree extends Printed {
  readonly spec?: {
    readonly capacity?: { readonly storage?: string };
    readonly accessModes?: readonly string[];
    readonly persistentVolumeReclaimPolicy?: string;
    readonly storageClassName?: string;
    readonly volumeAttributesClassName?: string;
    readonly volumeMode?: string;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
  };
  readonly status?: { readonly phase?: string; readonly reason?: string };
}

export function printPersistentVolume(object: VolumeTree, context: PrintContext): Cell[] {
  const { spec, status, metadata } = object;
  const claim = spec?.claimRef;
  return [
    nameOf(object),
    spec?.capacity?.storage ?? "",
    accessModesCell(spec?.accessModes),
    spec?.persistentVolumeReclaimPolicy ?? "",
    metadata.deletionTimestamp === undefined ? (status?.phase ?? "") : "Terminating",
    claim === undefined ? "" : `${claim.namespace ?? ""}/${claim.name ?? ""}`,
    metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "",
    spec?.volumeAttributesClassName ?? unset,
    status?.reason ?? "",
    ageOf(object, context),
    spec?.volumeMode ?? unset,
  ];
}

interface StorageClassTree extends Printed {
  readonly provisioner?: string;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
  readonly allowVolumeExpansion?: boolean;
}

export function printStorageClass(object: StorageClassTree, context: PrintContext): Cell[] {
  const isDefault =
    object.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  return [
    isDefault ? `${nameOf(object)} (default)` : nameOf(object),
    object.provisioner ?? "",
    object.reclaimPolicy ?? "Delete",
    object.volumeBindingMode ?? "Immediate",
    object.allowVolumeExpansion ?? false,
    ageOf(object, context),
  ];
}

interface AttachmentTree extends Printed {
  readonly spec?: {
    readonly attacher?: string;
    readonly nodeName?: string;
    readonly source?: { readonly persistentVolumeName?: string };
  };
  readonly status?: { readonly attached?: boolean };
}

export function printVolumeAttachment(object: AttachmentTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  return [
    nameOf(object),
    spec?.attacher ?? "",
    spec?.source?.persistentVolumeName ?? "",
    spec?.nodeName ?? "",
    status?.attached ?? false,
    ageOf(object, context),
  ];
}

interface AttributesClassTree extends Printed {
  readonly driverName?: string;
}

export function printVolumeAttributesClass(
  object: AttributesClassTree,
  context: PrintContext,
): Cell[] {
  const isDefault =
    object.metadata.annotations?.["volumeattributesclass.kubernetes.io/is-default-class"] ===
    "true";
  const name = nameOf(object);
  return [isDefault ? `${name} (default)` : name, object.driverName ?? "", ageOf(object, context)];
}

interface DriverTree extends Printed {
  readonly spec?: {
    readonly attachRequired?: boolean;
    readonly podInfoOnMount?: boolean;
    readonly storageCapacity?: boolean;
    readonly requiresRepublish?: boolean;
    readonly tokenRequests?: readonly { readonly audience?: string }[];
    readonly volumeLifecycleModes?: readonly string[];
  };
}

export function printCsiDriver(object: DriverTree, context: PrintContext): Cell[] {
  const spec = object.spec ?? {};
  const audiences = (spec.tokenRequests ?? []).map((t) => t.audience ?? "");
  return [
    nameOf(object),
    spec.attachRequired ?? true,
    spec.podInfoOnMount ?? false,
    spec.storageCapacity ?? false,
    audiences.length === 0 ? unset : audiences.join(","),
    spec.requiresRepublish ?? false,
    (spec.volumeLifecycleModes ?? []).join(",") || "<none>",
    ageOf(object, context),
  ];
}

interface CsiNodeTree extends Printed {
  readonly spec?: { readonly drivers?: readonly unknown[] | null };
}

export function printCsiNode(object: CsiNodeTree, context: PrintContext): Cell[] {
  return [nameOf(object), object.spec?.drivers?.length ?? 0, ageOf(object, context)];
}
