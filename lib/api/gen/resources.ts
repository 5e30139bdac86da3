// Generated from proto/ by `npm run generate`. Do not edit.
import { type ResourceType, resourceType } from "../resourceType.js";
import type * as admissionregistrationV1Types from "./types/admissionregistrationV1.js";
import type * as admissionregistrationV1alpha1Types from "./types/admissionregistrationV1alpha1.js";
import type * as admissionregistrationV1beta1Types from "./types/admissionregistrationV1beta1.js";
import type * as apiextensionsV1Types from "./types/apiextensionsV1.js";
import type * as apiregistrationV1Types from "./types/apiregistrationV1.js";
import type * as apiserverinternalV1alpha1Types from "./types/apiserverinternalV1alpha1.js";
import type * as appsV1Types from "./types/appsV1.js";
import type * as authenticationV1Types from "./types/authenticationV1.js";
import type * as authorizationV1Types from "./types/authorizationV1.js";
import type * as autoscalingV1Types from "./types/autoscalingV1.js";
import type * as autoscalingV2Types from "./types/autoscalingV2.js";
import type * as batchV1Types from "./types/batchV1.js";
import type * as certificatesV1Types from "./types/certificatesV1.js";
import type * as certificatesV1beta1Types from "./types/certificatesV1beta1.js";
import type * as coordinationV1Types from "./types/coordinationV1.js";
import type * as coordinationV1alpha2Types from "./types/coordinationV1alpha2.js";
import type * as coordinationV1beta1Types from "./types/coordinationV1beta1.js";
import type * as coreV1Types from "./types/coreV1.js";
import type * as discoveryV1Types from "./types/discoveryV1.js";
import type * as eventsV1Types from "./types/eventsV1.js";
import type * as flowcontrolV1Types from "./types/flowcontrolV1.js";
import type * as networkingV1Types from "./types/networkingV1.js";
import type * as nodeV1Types from "./types/nodeV1.js";
import type * as policyV1Types from "./types/policyV1.js";
import type * as rbacV1Types from "./types/rbacV1.js";
import type * as resourceV1Types from "./types/resourceV1.js";
import type * as resourceV1alpha3Types from "./types/resourceV1alpha3.js";
import type * as resourceV1beta1Types from "./types/resourceV1beta1.js";
import type * as resourceV1beta2Types from "./types/resourceV1beta2.js";
import type * as schedulingV1Types from "./types/schedulingV1.js";
import type * as storageV1Types from "./types/storageV1.js";
import type * as storagemigrationV1Types from "./types/storagemigrationV1.js";
import type * as storagemigrationV1beta1Types from "./types/storagemigrationV1beta1.js";

/** v1 */
export const coreV1 = {
  bindings: resourceType<coreV1Types.Binding>({
  "group": "",
  "version": "v1",
  "resource": "bindings",
  "singular": "binding",
  "kind": "Binding",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.Binding",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Binding"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
  componentstatuses: resourceType<coreV1Types.ComponentStatus>({
  "group": "",
  "version": "v1",
  "resource": "componentstatuses",
  "singular": "componentstatus",
  "kind": "ComponentStatus",
  "namespaced": false,
  "shortNames": [
    "cs"
  ],
  "categories": [],
  "verbs": [
    "get",
    "list"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.ComponentStatus",
  "listMessage": "k8s.io.api.core.v1.ComponentStatusList",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "ComponentStatus"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Message",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Error",
      "type": "string"
    }
  ]
}),
  configmaps: resourceType<coreV1Types.ConfigMap>({
  "group": "",
  "version": "v1",
  "resource": "configmaps",
  "singular": "configmap",
  "kind": "ConfigMap",
  "namespaced": true,
  "shortNames": [
    "cm"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.ConfigMap",
  "listMessage": "k8s.io.api.core.v1.ConfigMapList",
  "storagePath": "/registry/configmaps/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "ConfigMap"
  },
  "storageVersionHash": "qFsyl6wFWjQ=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Data",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  endpoints: resourceType<coreV1Types.Endpoints>({
  "group": "",
  "version": "v1",
  "resource": "endpoints",
  "singular": "endpoints",
  "kind": "Endpoints",
  "namespaced": true,
  "shortNames": [
    "ep"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.Endpoints",
  "listMessage": "k8s.io.api.core.v1.EndpointsList",
  "storagePath": "/registry/services/endpoints/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Endpoints"
  },
  "storageVersionHash": "fWeeMqaN/OA=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Endpoints",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  events: resourceType<coreV1Types.Event>({
  "group": "",
  "version": "v1",
  "resource": "events",
  "singular": "event",
  "kind": "Event",
  "namespaced": true,
  "shortNames": [
    "ev"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "involvedObject.apiVersion",
    "involvedObject.fieldPath",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.resourceVersion",
    "involvedObject.uid",
    "reason",
    "reportingComponent",
    "source",
    "type"
  ],
  "message": "k8s.io.api.core.v1.Event",
  "listMessage": "k8s.io.api.core.v1.EventList",
  "storagePath": "/registry/events/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Event"
  },
  "storageVersionHash": "r2yiGXH7wu8=",
  "subresources": [],
  "columns": [
    {
      "format": "",
      "priority": 0,
      "name": "Last Seen",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Type",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Reason",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Object",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Subobject",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Source",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Message",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "First Seen",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Count",
      "type": "string"
    },
    {
      "format": "name",
      "priority": 1,
      "name": "Name",
      "type": "string"
    }
  ]
}),
  limitranges: resourceType<coreV1Types.LimitRange>({
  "group": "",
  "version": "v1",
  "resource": "limitranges",
  "singular": "limitrange",
  "kind": "LimitRange",
  "namespaced": true,
  "shortNames": [
    "limits"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.LimitRange",
  "listMessage": "k8s.io.api.core.v1.LimitRangeList",
  "storagePath": "/registry/limitranges/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "LimitRange"
  },
  "storageVersionHash": "EBKMFVe6cwo=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Created At",
      "type": "date"
    }
  ]
}),
  namespaces: resourceType<coreV1Types.Namespace>({
  "group": "",
  "version": "v1",
  "resource": "namespaces",
  "singular": "namespace",
  "kind": "Namespace",
  "namespaced": false,
  "shortNames": [
    "ns"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "status.phase"
  ],
  "message": "k8s.io.api.core.v1.Namespace",
  "listMessage": "k8s.io.api.core.v1.NamespaceList",
  "storagePath": "/registry/namespaces/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Namespace"
  },
  "storageVersionHash": "Q3oi5N2YM8M=",
  "subresources": [
    {
      "name": "finalize",
      "kind": "Namespace",
      "verbs": [
        "update"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "Namespace",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  nodes: resourceType<coreV1Types.Node>({
  "group": "",
  "version": "v1",
  "resource": "nodes",
  "singular": "node",
  "kind": "Node",
  "namespaced": false,
  "shortNames": [
    "no"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.unschedulable"
  ],
  "message": "k8s.io.api.core.v1.Node",
  "listMessage": "k8s.io.api.core.v1.NodeList",
  "storagePath": "/registry/minions/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Node"
  },
  "storageVersionHash": "XwShjMxG9Fs=",
  "subresources": [
    {
      "name": "proxy",
      "kind": "NodeProxyOptions",
      "verbs": [
        "create",
        "delete",
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "Node",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Roles",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Version",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Internal-IP",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "External-IP",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "OS-Image",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Kernel-Version",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Container-Runtime",
      "type": "string"
    }
  ]
}),
  persistentvolumeclaims: resourceType<coreV1Types.PersistentVolumeClaim>({
  "group": "",
  "version": "v1",
  "resource": "persistentvolumeclaims",
  "singular": "persistentvolumeclaim",
  "kind": "PersistentVolumeClaim",
  "namespaced": true,
  "shortNames": [
    "pvc"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.PersistentVolumeClaim",
  "listMessage": "k8s.io.api.core.v1.PersistentVolumeClaimList",
  "storagePath": "/registry/persistentvolumeclaims/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "PersistentVolumeClaim"
  },
  "storageVersionHash": "QWTyNDq0dC4=",
  "subresources": [
    {
      "name": "status",
      "kind": "PersistentVolumeClaim",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Volume",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Capacity",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Access Modes",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "StorageClass",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "VolumeAttributesClass",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "VolumeMode",
      "type": "string"
    }
  ]
}),
  persistentvolumes: resourceType<coreV1Types.PersistentVolume>({
  "group": "",
  "version": "v1",
  "resource": "persistentvolumes",
  "singular": "persistentvolume",
  "kind": "PersistentVolume",
  "namespaced": false,
  "shortNames": [
    "pv"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.PersistentVolume",
  "listMessage": "k8s.io.api.core.v1.PersistentVolumeList",
  "storagePath": "/registry/persistentvolumes/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "PersistentVolume"
  },
  "storageVersionHash": "HN/zwEC+JgM=",
  "subresources": [
    {
      "name": "status",
      "kind": "PersistentVolume",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Capacity",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Access Modes",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Reclaim Policy",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Claim",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "StorageClass",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "VolumeAttributesClass",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Reason",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "VolumeMode",
      "type": "string"
    }
  ]
}),
  pods: resourceType<coreV1Types.Pod>({
  "group": "",
  "version": "v1",
  "resource": "pods",
  "singular": "pod",
  "kind": "Pod",
  "namespaced": true,
  "shortNames": [
    "po"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.hostNetwork",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.nominatedNodeName",
    "status.phase",
    "status.podIP",
    "status.podIPs"
  ],
  "message": "k8s.io.api.core.v1.Pod",
  "listMessage": "k8s.io.api.core.v1.PodList",
  "storagePath": "/registry/pods/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Pod"
  },
  "storageVersionHash": "xPOwRZ+Yhw8=",
  "subresources": [
    {
      "name": "attach",
      "kind": "PodAttachOptions",
      "verbs": [
        "create",
        "get"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "binding",
      "kind": "Binding",
      "verbs": [
        "create"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "ephemeralcontainers",
      "kind": "Pod",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "eviction",
      "kind": "Eviction",
      "verbs": [
        "create"
      ],
      "group": "policy",
      "version": "v1"
    },
    {
      "name": "exec",
      "kind": "PodExecOptions",
      "verbs": [
        "create",
        "get"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "log",
      "kind": "Pod",
      "verbs": [
        "get"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "portforward",
      "kind": "PodPortForwardOptions",
      "verbs": [
        "create",
        "get"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "proxy",
      "kind": "PodProxyOptions",
      "verbs": [
        "create",
        "delete",
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "resize",
      "kind": "Pod",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "Pod",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ready",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Restarts",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "IP",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Node",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Nominated Node",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Readiness Gates",
      "type": "string"
    }
  ]
}),
  podtemplates: resourceType<coreV1Types.PodTemplate>({
  "group": "",
  "version": "v1",
  "resource": "podtemplates",
  "singular": "podtemplate",
  "kind": "PodTemplate",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.PodTemplate",
  "listMessage": "k8s.io.api.core.v1.PodTemplateList",
  "storagePath": "/registry/podtemplates/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "PodTemplate"
  },
  "storageVersionHash": "LIXB2x4IFpk=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Pod Labels",
      "type": "string"
    }
  ]
}),
  replicationcontrollers: resourceType<coreV1Types.ReplicationController>({
  "group": "",
  "version": "v1",
  "resource": "replicationcontrollers",
  "singular": "replicationcontroller",
  "kind": "ReplicationController",
  "namespaced": true,
  "shortNames": [
    "rc"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "status.replicas"
  ],
  "message": "k8s.io.api.core.v1.ReplicationController",
  "listMessage": "k8s.io.api.core.v1.ReplicationControllerList",
  "storagePath": "/registry/controllers/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "ReplicationController"
  },
  "storageVersionHash": "Jond2If31h0=",
  "subresources": [
    {
      "name": "scale",
      "kind": "Scale",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "autoscaling",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "ReplicationController",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Desired",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Current",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ready",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
  resourcequotas: resourceType<coreV1Types.ResourceQuota>({
  "group": "",
  "version": "v1",
  "resource": "resourcequotas",
  "singular": "resourcequota",
  "kind": "ResourceQuota",
  "namespaced": true,
  "shortNames": [
    "quota"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.ResourceQuota",
  "listMessage": "k8s.io.api.core.v1.ResourceQuotaList",
  "storagePath": "/registry/resourcequotas/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "ResourceQuota"
  },
  "storageVersionHash": "8uhSgffRX6w=",
  "subresources": [
    {
      "name": "status",
      "kind": "ResourceQuota",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Request",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Limit",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  secrets: resourceType<coreV1Types.Secret>({
  "group": "",
  "version": "v1",
  "resource": "secrets",
  "singular": "secret",
  "kind": "Secret",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "type"
  ],
  "message": "k8s.io.api.core.v1.Secret",
  "listMessage": "k8s.io.api.core.v1.SecretList",
  "storagePath": "/registry/secrets/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Secret"
  },
  "storageVersionHash": "S6u1pOWzb84=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Type",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Data",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  serviceaccounts: resourceType<coreV1Types.ServiceAccount>({
  "group": "",
  "version": "v1",
  "resource": "serviceaccounts",
  "singular": "serviceaccount",
  "kind": "ServiceAccount",
  "namespaced": true,
  "shortNames": [
    "sa"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.core.v1.ServiceAccount",
  "listMessage": "k8s.io.api.core.v1.ServiceAccountList",
  "storagePath": "/registry/serviceaccounts/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "ServiceAccount"
  },
  "storageVersionHash": "pbx9ZvyFpBE=",
  "subresources": [
    {
      "name": "token",
      "kind": "TokenRequest",
      "verbs": [
        "create"
      ],
      "group": "authentication.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  services: resourceType<coreV1Types.Service>({
  "group": "",
  "version": "v1",
  "resource": "services",
  "singular": "service",
  "kind": "Service",
  "namespaced": true,
  "shortNames": [
    "svc"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.clusterIP",
    "spec.type"
  ],
  "message": "k8s.io.api.core.v1.Service",
  "listMessage": "k8s.io.api.core.v1.ServiceList",
  "storagePath": "/registry/services/specs/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Service"
  },
  "storageVersionHash": "0/CO1lhkEBI=",
  "subresources": [
    {
      "name": "proxy",
      "kind": "ServiceProxyOptions",
      "verbs": [
        "create",
        "delete",
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "Service",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Type",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Cluster-IP",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "External-IP",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Port(s)",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
} as const;

/** apiregistration.k8s.io/v1 */
export const apiregistrationV1 = {
  apiservices: resourceType<apiregistrationV1Types.APIService>({
  "group": "apiregistration.k8s.io",
  "version": "v1",
  "resource": "apiservices",
  "singular": "apiservice",
  "kind": "APIService",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService",
  "listMessage": "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceList",
  "storagePath": "/registry/apiregistration.k8s.io/apiservices/{name}",
  "storage": {
    "group": "apiregistration.k8s.io",
    "version": "v1",
    "kind": "APIService"
  },
  "storageVersionHash": "InPBPD7+PqM=",
  "subresources": [
    {
      "name": "status",
      "kind": "APIService",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "apiregistration.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Service",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Available",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** apps/v1 */
export const appsV1 = {
  controllerrevisions: resourceType<appsV1Types.ControllerRevision>({
  "group": "apps",
  "version": "v1",
  "resource": "controllerrevisions",
  "singular": "controllerrevision",
  "kind": "ControllerRevision",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.apps.v1.ControllerRevision",
  "listMessage": "k8s.io.api.apps.v1.ControllerRevisionList",
  "storagePath": "/registry/controllerrevisions/{namespace}/{name}",
  "storage": {
    "group": "apps",
    "version": "v1",
    "kind": "ControllerRevision"
  },
  "storageVersionHash": "85nkx63pcBU=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Controller",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Revision",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  daemonsets: resourceType<appsV1Types.DaemonSet>({
  "group": "apps",
  "version": "v1",
  "resource": "daemonsets",
  "singular": "daemonset",
  "kind": "DaemonSet",
  "namespaced": true,
  "shortNames": [
    "ds"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.apps.v1.DaemonSet",
  "listMessage": "k8s.io.api.apps.v1.DaemonSetList",
  "storagePath": "/registry/daemonsets/{namespace}/{name}",
  "storage": {
    "group": "apps",
    "version": "v1",
    "kind": "DaemonSet"
  },
  "storageVersionHash": "dd7pWHUlMKQ=",
  "subresources": [
    {
      "name": "status",
      "kind": "DaemonSet",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "apps",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Desired",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Current",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ready",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Up-to-date",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Available",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Node Selector",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
  deployments: resourceType<appsV1Types.Deployment>({
  "group": "apps",
  "version": "v1",
  "resource": "deployments",
  "singular": "deployment",
  "kind": "Deployment",
  "namespaced": true,
  "shortNames": [
    "deploy"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.apps.v1.Deployment",
  "listMessage": "k8s.io.api.apps.v1.DeploymentList",
  "storagePath": "/registry/deployments/{namespace}/{name}",
  "storage": {
    "group": "apps",
    "version": "v1",
    "kind": "Deployment"
  },
  "storageVersionHash": "8aSe+NMegvE=",
  "subresources": [
    {
      "name": "scale",
      "kind": "Scale",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "autoscaling",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "Deployment",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "apps",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ready",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Up-to-date",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Available",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
  replicasets: resourceType<appsV1Types.ReplicaSet>({
  "group": "apps",
  "version": "v1",
  "resource": "replicasets",
  "singular": "replicaset",
  "kind": "ReplicaSet",
  "namespaced": true,
  "shortNames": [
    "rs"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.apps.v1.ReplicaSet",
  "listMessage": "k8s.io.api.apps.v1.ReplicaSetList",
  "storagePath": "/registry/replicasets/{namespace}/{name}",
  "storage": {
    "group": "apps",
    "version": "v1",
    "kind": "ReplicaSet"
  },
  "storageVersionHash": "P1RzHs8/mWQ=",
  "subresources": [
    {
      "name": "scale",
      "kind": "Scale",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "autoscaling",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "ReplicaSet",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "apps",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Desired",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Current",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ready",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
  statefulsets: resourceType<appsV1Types.StatefulSet>({
  "group": "apps",
  "version": "v1",
  "resource": "statefulsets",
  "singular": "statefulset",
  "kind": "StatefulSet",
  "namespaced": true,
  "shortNames": [
    "sts"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.apps.v1.StatefulSet",
  "listMessage": "k8s.io.api.apps.v1.StatefulSetList",
  "storagePath": "/registry/statefulsets/{namespace}/{name}",
  "storage": {
    "group": "apps",
    "version": "v1",
    "kind": "StatefulSet"
  },
  "storageVersionHash": "H+vl74LkKdo=",
  "subresources": [
    {
      "name": "scale",
      "kind": "Scale",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "autoscaling",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "StatefulSet",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "apps",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ready",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    }
  ]
}),
} as const;

/** events.k8s.io/v1 */
export const eventsV1 = {
  events: resourceType<eventsV1Types.Event>({
  "group": "events.k8s.io",
  "version": "v1",
  "resource": "events",
  "singular": "event",
  "kind": "Event",
  "namespaced": true,
  "shortNames": [
    "ev"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "reason",
    "regarding.apiVersion",
    "regarding.fieldPath",
    "regarding.kind",
    "regarding.name",
    "regarding.namespace",
    "regarding.resourceVersion",
    "regarding.uid",
    "reportingController",
    "type"
  ],
  "message": "k8s.io.api.events.v1.Event",
  "listMessage": "k8s.io.api.events.v1.EventList",
  "storagePath": "/registry/events/{namespace}/{name}",
  "storage": {
    "group": "",
    "version": "v1",
    "kind": "Event"
  },
  "storageVersionHash": "r2yiGXH7wu8=",
  "subresources": [],
  "columns": [
    {
      "format": "",
      "priority": 0,
      "name": "Last Seen",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Type",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Reason",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Object",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Subobject",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Source",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Message",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "First Seen",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Count",
      "type": "string"
    },
    {
      "format": "name",
      "priority": 1,
      "name": "Name",
      "type": "string"
    }
  ]
}),
} as const;

/** authentication.k8s.io/v1 */
export const authenticationV1 = {
  selfsubjectreviews: resourceType<authenticationV1Types.SelfSubjectReview>({
  "group": "authentication.k8s.io",
  "version": "v1",
  "resource": "selfsubjectreviews",
  "singular": "selfsubjectreview",
  "kind": "SelfSubjectReview",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.authentication.v1.SelfSubjectReview",
  "storage": {
    "group": "authentication.k8s.io",
    "version": "v1",
    "kind": "SelfSubjectReview"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
  tokenreviews: resourceType<authenticationV1Types.TokenReview>({
  "group": "authentication.k8s.io",
  "version": "v1",
  "resource": "tokenreviews",
  "singular": "tokenreview",
  "kind": "TokenReview",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.authentication.v1.TokenReview",
  "storage": {
    "group": "authentication.k8s.io",
    "version": "v1",
    "kind": "TokenReview"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
} as const;

/** authorization.k8s.io/v1 */
export const authorizationV1 = {
  localsubjectaccessreviews: resourceType<authorizationV1Types.LocalSubjectAccessReview>({
  "group": "authorization.k8s.io",
  "version": "v1",
  "resource": "localsubjectaccessreviews",
  "singular": "localsubjectaccessreview",
  "kind": "LocalSubjectAccessReview",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.authorization.v1.LocalSubjectAccessReview",
  "storage": {
    "group": "authorization.k8s.io",
    "version": "v1",
    "kind": "LocalSubjectAccessReview"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
  selfsubjectaccessreviews: resourceType<authorizationV1Types.SelfSubjectAccessReview>({
  "group": "authorization.k8s.io",
  "version": "v1",
  "resource": "selfsubjectaccessreviews",
  "singular": "selfsubjectaccessreview",
  "kind": "SelfSubjectAccessReview",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.authorization.v1.SelfSubjectAccessReview",
  "storage": {
    "group": "authorization.k8s.io",
    "version": "v1",
    "kind": "SelfSubjectAccessReview"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
  selfsubjectrulesreviews: resourceType<authorizationV1Types.SelfSubjectRulesReview>({
  "group": "authorization.k8s.io",
  "version": "v1",
  "resource": "selfsubjectrulesreviews",
  "singular": "selfsubjectrulesreview",
  "kind": "SelfSubjectRulesReview",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.authorization.v1.SelfSubjectRulesReview",
  "storage": {
    "group": "authorization.k8s.io",
    "version": "v1",
    "kind": "SelfSubjectRulesReview"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
  subjectaccessreviews: resourceType<authorizationV1Types.SubjectAccessReview>({
  "group": "authorization.k8s.io",
  "version": "v1",
  "resource": "subjectaccessreviews",
  "singular": "subjectaccessreview",
  "kind": "SubjectAccessReview",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.authorization.v1.SubjectAccessReview",
  "storage": {
    "group": "authorization.k8s.io",
    "version": "v1",
    "kind": "SubjectAccessReview"
  },
  "storageVersionHash": "",
  "subresources": [],
  "columns": []
}),
} as const;

/** autoscaling/v2 */
export const autoscalingV2 = {
  horizontalpodautoscalers: resourceType<autoscalingV2Types.HorizontalPodAutoscaler>({
  "group": "autoscaling",
  "version": "v2",
  "resource": "horizontalpodautoscalers",
  "singular": "horizontalpodautoscaler",
  "kind": "HorizontalPodAutoscaler",
  "namespaced": true,
  "shortNames": [
    "hpa"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler",
  "listMessage": "k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerList",
  "storagePath": "/registry/horizontalpodautoscalers/{namespace}/{name}",
  "storage": {
    "group": "autoscaling",
    "version": "v2",
    "kind": "HorizontalPodAutoscaler"
  },
  "storageVersionHash": "qwQve8ut294=",
  "subresources": [
    {
      "name": "status",
      "kind": "HorizontalPodAutoscaler",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "autoscaling",
      "version": "v2"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Reference",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Targets",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "MinPods",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "MaxPods",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Replicas",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** autoscaling/v1 */
export const autoscalingV1 = {
  horizontalpodautoscalers: resourceType<autoscalingV1Types.HorizontalPodAutoscaler>({
  "group": "autoscaling",
  "version": "v1",
  "resource": "horizontalpodautoscalers",
  "singular": "horizontalpodautoscaler",
  "kind": "HorizontalPodAutoscaler",
  "namespaced": true,
  "shortNames": [
    "hpa"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler",
  "listMessage": "k8s.io.api.autoscaling.v1.HorizontalPodAutoscalerList",
  "storagePath": "/registry/horizontalpodautoscalers/{namespace}/{name}",
  "storage": {
    "group": "autoscaling",
    "version": "v2",
    "kind": "HorizontalPodAutoscaler"
  },
  "storageVersionHash": "qwQve8ut294=",
  "subresources": [
    {
      "name": "status",
      "kind": "HorizontalPodAutoscaler",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "autoscaling",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Reference",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Targets",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "MinPods",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "MaxPods",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Replicas",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** batch/v1 */
export const batchV1 = {
  cronjobs: resourceType<batchV1Types.CronJob>({
  "group": "batch",
  "version": "v1",
  "resource": "cronjobs",
  "singular": "cronjob",
  "kind": "CronJob",
  "namespaced": true,
  "shortNames": [
    "cj"
  ],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.batch.v1.CronJob",
  "listMessage": "k8s.io.api.batch.v1.CronJobList",
  "storagePath": "/registry/cronjobs/{namespace}/{name}",
  "storage": {
    "group": "batch",
    "version": "v1",
    "kind": "CronJob"
  },
  "storageVersionHash": "sd5LIXh4Fjs=",
  "subresources": [
    {
      "name": "status",
      "kind": "CronJob",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "batch",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Schedule",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Timezone",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Suspend",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Active",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Last Schedule",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
  jobs: resourceType<batchV1Types.Job>({
  "group": "batch",
  "version": "v1",
  "resource": "jobs",
  "singular": "job",
  "kind": "Job",
  "namespaced": true,
  "shortNames": [],
  "categories": [
    "all"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "status.successful"
  ],
  "message": "k8s.io.api.batch.v1.Job",
  "listMessage": "k8s.io.api.batch.v1.JobList",
  "storagePath": "/registry/jobs/{namespace}/{name}",
  "storage": {
    "group": "batch",
    "version": "v1",
    "kind": "Job"
  },
  "storageVersionHash": "mudhfqk/qZY=",
  "subresources": [
    {
      "name": "status",
      "kind": "Job",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "batch",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Completions",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Duration",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Containers",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Images",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Selector",
      "type": "string"
    }
  ]
}),
} as const;

/** certificates.k8s.io/v1 */
export const certificatesV1 = {
  certificatesigningrequests: resourceType<certificatesV1Types.CertificateSigningRequest>({
  "group": "certificates.k8s.io",
  "version": "v1",
  "resource": "certificatesigningrequests",
  "singular": "certificatesigningrequest",
  "kind": "CertificateSigningRequest",
  "namespaced": false,
  "shortNames": [
    "csr"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.signerName"
  ],
  "message": "k8s.io.api.certificates.v1.CertificateSigningRequest",
  "listMessage": "k8s.io.api.certificates.v1.CertificateSigningRequestList",
  "storagePath": "/registry/certificatesigningrequests/{name}",
  "storage": {
    "group": "certificates.k8s.io",
    "version": "v1",
    "kind": "CertificateSigningRequest"
  },
  "storageVersionHash": "95fRKMXA+00=",
  "subresources": [
    {
      "name": "approval",
      "kind": "CertificateSigningRequest",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "certificates.k8s.io",
      "version": "v1"
    },
    {
      "name": "status",
      "kind": "CertificateSigningRequest",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "certificates.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "SignerName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Requestor",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "RequestedDuration",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Condition",
      "type": "string"
    }
  ]
}),
  clustertrustbundles: resourceType<certificatesV1Types.ClusterTrustBundle>({
  "group": "certificates.k8s.io",
  "version": "v1",
  "resource": "clustertrustbundles",
  "singular": "clustertrustbundle",
  "kind": "ClusterTrustBundle",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.signerName"
  ],
  "message": "k8s.io.api.certificates.v1.ClusterTrustBundle",
  "listMessage": "k8s.io.api.certificates.v1.ClusterTrustBundleList",
  "storagePath": "/registry/clustertrustbundles/{name}",
  "storage": {
    "group": "certificates.k8s.io",
    "version": "v1beta1",
    "kind": "ClusterTrustBundle"
  },
  "storageVersionHash": "v5yhuVertL4=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "SignerName",
      "type": "string"
    }
  ]
}),
  podcertificaterequests: resourceType<certificatesV1Types.PodCertificateRequest>({
  "group": "certificates.k8s.io",
  "version": "v1",
  "resource": "podcertificaterequests",
  "singular": "podcertificaterequest",
  "kind": "PodCertificateRequest",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.nodeName",
    "spec.podName",
    "spec.signerName"
  ],
  "message": "k8s.io.api.certificates.v1.PodCertificateRequest",
  "listMessage": "k8s.io.api.certificates.v1.PodCertificateRequestList",
  "storagePath": "/registry/podcertificaterequests/{namespace}/{name}",
  "storage": {
    "group": "certificates.k8s.io",
    "version": "v1beta1",
    "kind": "PodCertificateRequest"
  },
  "storageVersionHash": "wYA9yXQH8fg=",
  "subresources": [
    {
      "name": "status",
      "kind": "PodCertificateRequest",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "certificates.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PodName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ServiceAccountName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "NodeName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "SignerName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "State",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "UnverifiedUserAnnotations",
      "type": "string"
    }
  ]
}),
} as const;

/** certificates.k8s.io/v1beta1 */
export const certificatesV1beta1 = {
  clustertrustbundles: resourceType<certificatesV1beta1Types.ClusterTrustBundle>({
  "group": "certificates.k8s.io",
  "version": "v1beta1",
  "resource": "clustertrustbundles",
  "singular": "clustertrustbundle",
  "kind": "ClusterTrustBundle",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [
    "spec.signerName"
  ],
  "message": "k8s.io.api.certificates.v1beta1.ClusterTrustBundle",
  "listMessage": "k8s.io.api.certificates.v1beta1.ClusterTrustBundleList",
  "storagePath": "/registry/clustertrustbundles/{name}",
  "storage": {
    "group": "certificates.k8s.io",
    "version": "v1beta1",
    "kind": "ClusterTrustBundle"
  },
  "storageVersionHash": "v5yhuVertL4=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "SignerName",
      "type": "string"
    }
  ]
}),
  podcertificaterequests: resourceType<certificatesV1beta1Types.PodCertificateRequest>({
  "group": "certificates.k8s.io",
  "version": "v1beta1",
  "resource": "podcertificaterequests",
  "singular": "podcertificaterequest",
  "kind": "PodCertificateRequest",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [
    "spec.nodeName",
    "spec.podName",
    "spec.signerName"
  ],
  "message": "k8s.io.api.certificates.v1beta1.PodCertificateRequest",
  "listMessage": "k8s.io.api.certificates.v1beta1.PodCertificateRequestList",
  "storagePath": "/registry/podcertificaterequests/{namespace}/{name}",
  "storage": {
    "group": "certificates.k8s.io",
    "version": "v1beta1",
    "kind": "PodCertificateRequest"
  },
  "storageVersionHash": "wYA9yXQH8fg=",
  "subresources": [
    {
      "name": "status",
      "kind": "PodCertificateRequest",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "certificates.k8s.io",
      "version": "v1beta1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PodName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ServiceAccountName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "NodeName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "SignerName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "State",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "UnverifiedUserAnnotations",
      "type": "string"
    }
  ]
}),
} as const;

/** networking.k8s.io/v1 */
export const networkingV1 = {
  ingressclasses: resourceType<networkingV1Types.IngressClass>({
  "group": "networking.k8s.io",
  "version": "v1",
  "resource": "ingressclasses",
  "singular": "ingressclass",
  "kind": "IngressClass",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.networking.v1.IngressClass",
  "listMessage": "k8s.io.api.networking.v1.IngressClassList",
  "storagePath": "/registry/ingressclasses/{name}",
  "storage": {
    "group": "networking.k8s.io",
    "version": "v1",
    "kind": "IngressClass"
  },
  "storageVersionHash": "l/iqIbDgFyQ=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Controller",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Parameters",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  ingresses: resourceType<networkingV1Types.Ingress>({
  "group": "networking.k8s.io",
  "version": "v1",
  "resource": "ingresses",
  "singular": "ingress",
  "kind": "Ingress",
  "namespaced": true,
  "shortNames": [
    "ing"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.networking.v1.Ingress",
  "listMessage": "k8s.io.api.networking.v1.IngressList",
  "storagePath": "/registry/ingress/{namespace}/{name}",
  "storage": {
    "group": "networking.k8s.io",
    "version": "v1",
    "kind": "Ingress"
  },
  "storageVersionHash": "39NQlfNR+bo=",
  "subresources": [
    {
      "name": "status",
      "kind": "Ingress",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "networking.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Class",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Hosts",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Address",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ports",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  ipaddresses: resourceType<networkingV1Types.IPAddress>({
  "group": "networking.k8s.io",
  "version": "v1",
  "resource": "ipaddresses",
  "singular": "ipaddress",
  "kind": "IPAddress",
  "namespaced": false,
  "shortNames": [
    "ip"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.networking.v1.IPAddress",
  "listMessage": "k8s.io.api.networking.v1.IPAddressList",
  "storagePath": "/registry/ipaddresses/{name}",
  "storage": {
    "group": "networking.k8s.io",
    "version": "v1",
    "kind": "IPAddress"
  },
  "storageVersionHash": "3f/plJFChNE=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParentRef",
      "type": "string"
    }
  ]
}),
  networkpolicies: resourceType<networkingV1Types.NetworkPolicy>({
  "group": "networking.k8s.io",
  "version": "v1",
  "resource": "networkpolicies",
  "singular": "networkpolicy",
  "kind": "NetworkPolicy",
  "namespaced": true,
  "shortNames": [
    "netpol"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.networking.v1.NetworkPolicy",
  "listMessage": "k8s.io.api.networking.v1.NetworkPolicyList",
  "storagePath": "/registry/networkpolicies/{namespace}/{name}",
  "storage": {
    "group": "networking.k8s.io",
    "version": "v1",
    "kind": "NetworkPolicy"
  },
  "storageVersionHash": "YpfwF18m1G8=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Pod-Selector",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  servicecidrs: resourceType<networkingV1Types.ServiceCIDR>({
  "group": "networking.k8s.io",
  "version": "v1",
  "resource": "servicecidrs",
  "singular": "servicecidr",
  "kind": "ServiceCIDR",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.networking.v1.ServiceCIDR",
  "listMessage": "k8s.io.api.networking.v1.ServiceCIDRList",
  "storagePath": "/registry/servicecidrs/{name}",
  "storage": {
    "group": "networking.k8s.io",
    "version": "v1",
    "kind": "ServiceCIDR"
  },
  "storageVersionHash": "gNLvruQhW2g=",
  "subresources": [
    {
      "name": "status",
      "kind": "ServiceCIDR",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "networking.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "CIDRs",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** policy/v1 */
export const policyV1 = {
  poddisruptionbudgets: resourceType<policyV1Types.PodDisruptionBudget>({
  "group": "policy",
  "version": "v1",
  "resource": "poddisruptionbudgets",
  "singular": "poddisruptionbudget",
  "kind": "PodDisruptionBudget",
  "namespaced": true,
  "shortNames": [
    "pdb"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.policy.v1.PodDisruptionBudget",
  "listMessage": "k8s.io.api.policy.v1.PodDisruptionBudgetList",
  "storagePath": "/registry/poddisruptionbudgets/{namespace}/{name}",
  "storage": {
    "group": "policy",
    "version": "v1",
    "kind": "PodDisruptionBudget"
  },
  "storageVersionHash": "EVWiDmWqyJw=",
  "subresources": [
    {
      "name": "status",
      "kind": "PodDisruptionBudget",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "policy",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Min Available",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Max Unavailable",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Allowed Disruptions",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** rbac.authorization.k8s.io/v1 */
export const rbacV1 = {
  clusterrolebindings: resourceType<rbacV1Types.ClusterRoleBinding>({
  "group": "rbac.authorization.k8s.io",
  "version": "v1",
  "resource": "clusterrolebindings",
  "singular": "clusterrolebinding",
  "kind": "ClusterRoleBinding",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.rbac.v1.ClusterRoleBinding",
  "listMessage": "k8s.io.api.rbac.v1.ClusterRoleBindingList",
  "storagePath": "/registry/clusterrolebindings/{name}",
  "storage": {
    "group": "rbac.authorization.k8s.io",
    "version": "v1",
    "kind": "ClusterRoleBinding"
  },
  "storageVersionHash": "48tpQ8gZHFc=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Role",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Users",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Groups",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "ServiceAccounts",
      "type": "string"
    }
  ]
}),
  clusterroles: resourceType<rbacV1Types.ClusterRole>({
  "group": "rbac.authorization.k8s.io",
  "version": "v1",
  "resource": "clusterroles",
  "singular": "clusterrole",
  "kind": "ClusterRole",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.rbac.v1.ClusterRole",
  "listMessage": "k8s.io.api.rbac.v1.ClusterRoleList",
  "storagePath": "/registry/clusterroles/{name}",
  "storage": {
    "group": "rbac.authorization.k8s.io",
    "version": "v1",
    "kind": "ClusterRole"
  },
  "storageVersionHash": "bYE5ZWDrJ44=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Created At",
      "type": "date"
    }
  ]
}),
  rolebindings: resourceType<rbacV1Types.RoleBinding>({
  "group": "rbac.authorization.k8s.io",
  "version": "v1",
  "resource": "rolebindings",
  "singular": "rolebinding",
  "kind": "RoleBinding",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.rbac.v1.RoleBinding",
  "listMessage": "k8s.io.api.rbac.v1.RoleBindingList",
  "storagePath": "/registry/rolebindings/{namespace}/{name}",
  "storage": {
    "group": "rbac.authorization.k8s.io",
    "version": "v1",
    "kind": "RoleBinding"
  },
  "storageVersionHash": "eGsCzGH6b1g=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Role",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Users",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Groups",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "ServiceAccounts",
      "type": "string"
    }
  ]
}),
  roles: resourceType<rbacV1Types.Role>({
  "group": "rbac.authorization.k8s.io",
  "version": "v1",
  "resource": "roles",
  "singular": "role",
  "kind": "Role",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.rbac.v1.Role",
  "listMessage": "k8s.io.api.rbac.v1.RoleList",
  "storagePath": "/registry/roles/{namespace}/{name}",
  "storage": {
    "group": "rbac.authorization.k8s.io",
    "version": "v1",
    "kind": "Role"
  },
  "storageVersionHash": "7FuwZcIIItM=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Created At",
      "type": "date"
    }
  ]
}),
} as const;

/** storage.k8s.io/v1 */
export const storageV1 = {
  csidrivers: resourceType<storageV1Types.CSIDriver>({
  "group": "storage.k8s.io",
  "version": "v1",
  "resource": "csidrivers",
  "singular": "csidriver",
  "kind": "CSIDriver",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storage.v1.CSIDriver",
  "listMessage": "k8s.io.api.storage.v1.CSIDriverList",
  "storagePath": "/registry/csidrivers/{name}",
  "storage": {
    "group": "storage.k8s.io",
    "version": "v1",
    "kind": "CSIDriver"
  },
  "storageVersionHash": "hL6j/rwBV5w=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "AttachRequired",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PodInfoOnMount",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "StorageCapacity",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "TokenRequests",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "RequiresRepublish",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Modes",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  csinodes: resourceType<storageV1Types.CSINode>({
  "group": "storage.k8s.io",
  "version": "v1",
  "resource": "csinodes",
  "singular": "csinode",
  "kind": "CSINode",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storage.v1.CSINode",
  "listMessage": "k8s.io.api.storage.v1.CSINodeList",
  "storagePath": "/registry/csinodes/{name}",
  "storage": {
    "group": "storage.k8s.io",
    "version": "v1",
    "kind": "CSINode"
  },
  "storageVersionHash": "Pe62DkZtjuo=",
  "subresources": [
    {
      "name": "status",
      "kind": "CSINode",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "storage.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Drivers",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  csistoragecapacities: resourceType<storageV1Types.CSIStorageCapacity>({
  "group": "storage.k8s.io",
  "version": "v1",
  "resource": "csistoragecapacities",
  "singular": "csistoragecapacity",
  "kind": "CSIStorageCapacity",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storage.v1.CSIStorageCapacity",
  "listMessage": "k8s.io.api.storage.v1.CSIStorageCapacityList",
  "storagePath": "/registry/csistoragecapacities/{namespace}/{name}",
  "storage": {
    "group": "storage.k8s.io",
    "version": "v1",
    "kind": "CSIStorageCapacity"
  },
  "storageVersionHash": "xeVl+2Ly1kE=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Created At",
      "type": "date"
    }
  ]
}),
  storageclasses: resourceType<storageV1Types.StorageClass>({
  "group": "storage.k8s.io",
  "version": "v1",
  "resource": "storageclasses",
  "singular": "storageclass",
  "kind": "StorageClass",
  "namespaced": false,
  "shortNames": [
    "sc"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storage.v1.StorageClass",
  "listMessage": "k8s.io.api.storage.v1.StorageClassList",
  "storagePath": "/registry/storageclasses/{name}",
  "storage": {
    "group": "storage.k8s.io",
    "version": "v1",
    "kind": "StorageClass"
  },
  "storageVersionHash": "K+m6uJwbjGY=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Provisioner",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ReclaimPolicy",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "VolumeBindingMode",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "AllowVolumeExpansion",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  volumeattachments: resourceType<storageV1Types.VolumeAttachment>({
  "group": "storage.k8s.io",
  "version": "v1",
  "resource": "volumeattachments",
  "singular": "volumeattachment",
  "kind": "VolumeAttachment",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storage.v1.VolumeAttachment",
  "listMessage": "k8s.io.api.storage.v1.VolumeAttachmentList",
  "storagePath": "/registry/volumeattachments/{name}",
  "storage": {
    "group": "storage.k8s.io",
    "version": "v1",
    "kind": "VolumeAttachment"
  },
  "storageVersionHash": "tJx/ezt6UDU=",
  "subresources": [
    {
      "name": "status",
      "kind": "VolumeAttachment",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "storage.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "name",
      "priority": 0,
      "name": "Attacher",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PV",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Node",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Attached",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  volumeattributesclasses: resourceType<storageV1Types.VolumeAttributesClass>({
  "group": "storage.k8s.io",
  "version": "v1",
  "resource": "volumeattributesclasses",
  "singular": "volumeattributesclass",
  "kind": "VolumeAttributesClass",
  "namespaced": false,
  "shortNames": [
    "vac"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storage.v1.VolumeAttributesClass",
  "listMessage": "k8s.io.api.storage.v1.VolumeAttributesClassList",
  "storagePath": "/registry/volumeattributesclasses/{name}",
  "storage": {
    "group": "storage.k8s.io",
    "version": "v1",
    "kind": "VolumeAttributesClass"
  },
  "storageVersionHash": "tIjydgKBC5w=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "DriverName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** admissionregistration.k8s.io/v1 */
export const admissionregistrationV1 = {
  mutatingadmissionpolicies: resourceType<admissionregistrationV1Types.MutatingAdmissionPolicy>({
  "group": "admissionregistration.k8s.io",
  "version": "v1",
  "resource": "mutatingadmissionpolicies",
  "singular": "mutatingadmissionpolicy",
  "kind": "MutatingAdmissionPolicy",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicy",
  "listMessage": "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyList",
  "storagePath": "/registry/mutatingadmissionpolicies/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingAdmissionPolicy"
  },
  "storageVersionHash": "mHCkTKpUTrE=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Mutations",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamKind",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  mutatingadmissionpolicybindings: resourceType<admissionregistrationV1Types.MutatingAdmissionPolicyBinding>({
  "group": "admissionregistration.k8s.io",
  "version": "v1",
  "resource": "mutatingadmissionpolicybindings",
  "singular": "mutatingadmissionpolicybinding",
  "kind": "MutatingAdmissionPolicyBinding",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
  "listMessage": "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBindingList",
  "storagePath": "/registry/mutatingadmissionpolicybindings/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingAdmissionPolicyBinding"
  },
  "storageVersionHash": "ZKgZT1uTmZ0=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PolicyName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamRef",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  mutatingwebhookconfigurations: resourceType<admissionregistrationV1Types.MutatingWebhookConfiguration>({
  "group": "admissionregistration.k8s.io",
  "version": "v1",
  "resource": "mutatingwebhookconfigurations",
  "singular": "mutatingwebhookconfiguration",
  "kind": "MutatingWebhookConfiguration",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1.MutatingWebhookConfiguration",
  "listMessage": "k8s.io.api.admissionregistration.v1.MutatingWebhookConfigurationList",
  "storagePath": "/registry/mutatingwebhookconfigurations/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingWebhookConfiguration"
  },
  "storageVersionHash": "Sqi0GUgDaX0=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Webhooks",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  validatingadmissionpolicies: resourceType<admissionregistrationV1Types.ValidatingAdmissionPolicy>({
  "group": "admissionregistration.k8s.io",
  "version": "v1",
  "resource": "validatingadmissionpolicies",
  "singular": "validatingadmissionpolicy",
  "kind": "ValidatingAdmissionPolicy",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  "listMessage": "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyList",
  "storagePath": "/registry/validatingadmissionpolicies/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "ValidatingAdmissionPolicy"
  },
  "storageVersionHash": "6OxvlMmQ6is=",
  "subresources": [
    {
      "name": "status",
      "kind": "ValidatingAdmissionPolicy",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "admissionregistration.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Validations",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamKind",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  validatingadmissionpolicybindings: resourceType<admissionregistrationV1Types.ValidatingAdmissionPolicyBinding>({
  "group": "admissionregistration.k8s.io",
  "version": "v1",
  "resource": "validatingadmissionpolicybindings",
  "singular": "validatingadmissionpolicybinding",
  "kind": "ValidatingAdmissionPolicyBinding",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  "listMessage": "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingList",
  "storagePath": "/registry/validatingadmissionpolicybindings/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "ValidatingAdmissionPolicyBinding"
  },
  "storageVersionHash": "v9715VZqakg=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PolicyName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamRef",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  validatingwebhookconfigurations: resourceType<admissionregistrationV1Types.ValidatingWebhookConfiguration>({
  "group": "admissionregistration.k8s.io",
  "version": "v1",
  "resource": "validatingwebhookconfigurations",
  "singular": "validatingwebhookconfiguration",
  "kind": "ValidatingWebhookConfiguration",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1.ValidatingWebhookConfiguration",
  "listMessage": "k8s.io.api.admissionregistration.v1.ValidatingWebhookConfigurationList",
  "storagePath": "/registry/validatingwebhookconfigurations/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "ValidatingWebhookConfiguration"
  },
  "storageVersionHash": "B0wHjQmsGNk=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Webhooks",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** admissionregistration.k8s.io/v1beta1 */
export const admissionregistrationV1beta1 = {
  mutatingadmissionpolicies: resourceType<admissionregistrationV1beta1Types.MutatingAdmissionPolicy>({
  "group": "admissionregistration.k8s.io",
  "version": "v1beta1",
  "resource": "mutatingadmissionpolicies",
  "singular": "mutatingadmissionpolicy",
  "kind": "MutatingAdmissionPolicy",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1beta1.MutatingAdmissionPolicy",
  "listMessage": "k8s.io.api.admissionregistration.v1beta1.MutatingAdmissionPolicyList",
  "storagePath": "/registry/mutatingadmissionpolicies/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingAdmissionPolicy"
  },
  "storageVersionHash": "mHCkTKpUTrE=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Mutations",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamKind",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  mutatingadmissionpolicybindings: resourceType<admissionregistrationV1beta1Types.MutatingAdmissionPolicyBinding>({
  "group": "admissionregistration.k8s.io",
  "version": "v1beta1",
  "resource": "mutatingadmissionpolicybindings",
  "singular": "mutatingadmissionpolicybinding",
  "kind": "MutatingAdmissionPolicyBinding",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBinding",
  "listMessage": "k8s.io.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBindingList",
  "storagePath": "/registry/mutatingadmissionpolicybindings/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingAdmissionPolicyBinding"
  },
  "storageVersionHash": "ZKgZT1uTmZ0=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PolicyName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamRef",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** admissionregistration.k8s.io/v1alpha1 */
export const admissionregistrationV1alpha1 = {
  mutatingadmissionpolicies: resourceType<admissionregistrationV1alpha1Types.MutatingAdmissionPolicy>({
  "group": "admissionregistration.k8s.io",
  "version": "v1alpha1",
  "resource": "mutatingadmissionpolicies",
  "singular": "mutatingadmissionpolicy",
  "kind": "MutatingAdmissionPolicy",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1alpha1.MutatingAdmissionPolicy",
  "listMessage": "k8s.io.api.admissionregistration.v1alpha1.MutatingAdmissionPolicyList",
  "storagePath": "/registry/mutatingadmissionpolicies/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingAdmissionPolicy"
  },
  "storageVersionHash": "mHCkTKpUTrE=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Mutations",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamKind",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  mutatingadmissionpolicybindings: resourceType<admissionregistrationV1alpha1Types.MutatingAdmissionPolicyBinding>({
  "group": "admissionregistration.k8s.io",
  "version": "v1alpha1",
  "resource": "mutatingadmissionpolicybindings",
  "singular": "mutatingadmissionpolicybinding",
  "kind": "MutatingAdmissionPolicyBinding",
  "namespaced": false,
  "shortNames": [],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding",
  "listMessage": "k8s.io.api.admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingList",
  "storagePath": "/registry/mutatingadmissionpolicybindings/{name}",
  "storage": {
    "group": "admissionregistration.k8s.io",
    "version": "v1",
    "kind": "MutatingAdmissionPolicyBinding"
  },
  "storageVersionHash": "ZKgZT1uTmZ0=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PolicyName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "ParamRef",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** apiextensions.k8s.io/v1 */
export const apiextensionsV1 = {
  customresourcedefinitions: resourceType<apiextensionsV1Types.CustomResourceDefinition>({
  "group": "apiextensions.k8s.io",
  "version": "v1",
  "resource": "customresourcedefinitions",
  "singular": "customresourcedefinition",
  "kind": "CustomResourceDefinition",
  "namespaced": false,
  "shortNames": [
    "crd",
    "crds"
  ],
  "categories": [
    "api-extensions"
  ],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  "listMessage": "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionList",
  "storagePath": "/registry/apiextensions.k8s.io/customresourcedefinitions/{name}",
  "storage": {
    "group": "apiextensions.k8s.io",
    "version": "v1beta1",
    "kind": "CustomResourceDefinition"
  },
  "storageVersionHash": "jfWCUB31mvA=",
  "subresources": [
    {
      "name": "status",
      "kind": "CustomResourceDefinition",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "apiextensions.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Scope",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Versions",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Created At",
      "type": "date"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Group",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Kind",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "ShortNames",
      "type": "string"
    },
    {
      "format": "",
      "priority": 1,
      "name": "Established",
      "type": "boolean"
    }
  ]
}),
} as const;

/** scheduling.k8s.io/v1 */
export const schedulingV1 = {
  priorityclasses: resourceType<schedulingV1Types.PriorityClass>({
  "group": "scheduling.k8s.io",
  "version": "v1",
  "resource": "priorityclasses",
  "singular": "priorityclass",
  "kind": "PriorityClass",
  "namespaced": false,
  "shortNames": [
    "pc"
  ],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.scheduling.v1.PriorityClass",
  "listMessage": "k8s.io.api.scheduling.v1.PriorityClassList",
  "storagePath": "/registry/priorityclasses/{name}",
  "storage": {
    "group": "scheduling.k8s.io",
    "version": "v1",
    "kind": "PriorityClass"
  },
  "storageVersionHash": "1QwjyaZjj3Y=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Value",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Global-Default",
      "type": "boolean"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PreemptionPolicy",
      "type": "string"
    }
  ]
}),
} as const;

/** coordination.k8s.io/v1 */
export const coordinationV1 = {
  leases: resourceType<coordinationV1Types.Lease>({
  "group": "coordination.k8s.io",
  "version": "v1",
  "resource": "leases",
  "singular": "lease",
  "kind": "Lease",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.coordination.v1.Lease",
  "listMessage": "k8s.io.api.coordination.v1.LeaseList",
  "storagePath": "/registry/leases/{namespace}/{name}",
  "storage": {
    "group": "coordination.k8s.io",
    "version": "v1",
    "kind": "Lease"
  },
  "storageVersionHash": "gqkMMb/YqFM=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Holder",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** coordination.k8s.io/v1beta1 */
export const coordinationV1beta1 = {
  leasecandidates: resourceType<coordinationV1beta1Types.LeaseCandidate>({
  "group": "coordination.k8s.io",
  "version": "v1beta1",
  "resource": "leasecandidates",
  "singular": "leasecandidate",
  "kind": "LeaseCandidate",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.coordination.v1beta1.LeaseCandidate",
  "listMessage": "k8s.io.api.coordination.v1beta1.LeaseCandidateList",
  "storagePath": "/registry/leasecandidates/{namespace}/{name}",
  "storage": {
    "group": "coordination.k8s.io",
    "version": "v1beta1",
    "kind": "LeaseCandidate"
  },
  "storageVersionHash": "lvME0iHWE20=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "LeaseName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "BinaryVersion",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "EmulationVersion",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** coordination.k8s.io/v1alpha2 */
export const coordinationV1alpha2 = {
  leasecandidates: resourceType<coordinationV1alpha2Types.LeaseCandidate>({
  "group": "coordination.k8s.io",
  "version": "v1alpha2",
  "resource": "leasecandidates",
  "singular": "leasecandidate",
  "kind": "LeaseCandidate",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.coordination.v1alpha2.LeaseCandidate",
  "listMessage": "k8s.io.api.coordination.v1alpha2.LeaseCandidateList",
  "storagePath": "/registry/leasecandidates/{namespace}/{name}",
  "storage": {
    "group": "coordination.k8s.io",
    "version": "v1beta1",
    "kind": "LeaseCandidate"
  },
  "storageVersionHash": "lvME0iHWE20=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "LeaseName",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "BinaryVersion",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "EmulationVersion",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** node.k8s.io/v1 */
export const nodeV1 = {
  runtimeclasses: resourceType<nodeV1Types.RuntimeClass>({
  "group": "node.k8s.io",
  "version": "v1",
  "resource": "runtimeclasses",
  "singular": "runtimeclass",
  "kind": "RuntimeClass",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.node.v1.RuntimeClass",
  "listMessage": "k8s.io.api.node.v1.RuntimeClassList",
  "storagePath": "/registry/runtimeclasses/{name}",
  "storage": {
    "group": "node.k8s.io",
    "version": "v1",
    "kind": "RuntimeClass"
  },
  "storageVersionHash": "WQTu1GL3T2Q=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Handler",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** discovery.k8s.io/v1 */
export const discoveryV1 = {
  endpointslices: resourceType<discoveryV1Types.EndpointSlice>({
  "group": "discovery.k8s.io",
  "version": "v1",
  "resource": "endpointslices",
  "singular": "endpointslice",
  "kind": "EndpointSlice",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.discovery.v1.EndpointSlice",
  "listMessage": "k8s.io.api.discovery.v1.EndpointSliceList",
  "storagePath": "/registry/endpointslices/{namespace}/{name}",
  "storage": {
    "group": "discovery.k8s.io",
    "version": "v1",
    "kind": "EndpointSlice"
  },
  "storageVersionHash": "qgS0xkrxYAI=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "AddressType",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Ports",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Endpoints",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** resource.k8s.io/v1 */
export const resourceV1 = {
  deviceclasses: resourceType<resourceV1Types.DeviceClass>({
  "group": "resource.k8s.io",
  "version": "v1",
  "resource": "deviceclasses",
  "singular": "deviceclass",
  "kind": "DeviceClass",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1.DeviceClass",
  "listMessage": "k8s.io.api.resource.v1.DeviceClassList",
  "storagePath": "/registry/deviceclasses/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "DeviceClass"
  },
  "storageVersionHash": "Yk2PTc1Ybxk=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  devicetaintrules: resourceType<resourceV1Types.DeviceTaintRule>({
  "group": "resource.k8s.io",
  "version": "v1",
  "resource": "devicetaintrules",
  "singular": "devicetaintrule",
  "kind": "DeviceTaintRule",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1.DeviceTaintRule",
  "listMessage": "k8s.io.api.resource.v1.DeviceTaintRuleList",
  "storagePath": "/registry/devicetaintrules/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1beta2",
    "kind": "DeviceTaintRule"
  },
  "storageVersionHash": "i+85+TcIKpA=",
  "subresources": [
    {
      "name": "status",
      "kind": "DeviceTaintRule",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Key",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Value",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Effect",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "TimeAdded",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceclaims: resourceType<resourceV1Types.ResourceClaim>({
  "group": "resource.k8s.io",
  "version": "v1",
  "resource": "resourceclaims",
  "singular": "resourceclaim",
  "kind": "ResourceClaim",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1.ResourceClaim",
  "listMessage": "k8s.io.api.resource.v1.ResourceClaimList",
  "storagePath": "/registry/resourceclaims/{namespace}/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceClaim"
  },
  "storageVersionHash": "wgAZaHcZxUg=",
  "subresources": [
    {
      "name": "status",
      "kind": "ResourceClaim",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "State",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceclaimtemplates: resourceType<resourceV1Types.ResourceClaimTemplate>({
  "group": "resource.k8s.io",
  "version": "v1",
  "resource": "resourceclaimtemplates",
  "singular": "resourceclaimtemplate",
  "kind": "ResourceClaimTemplate",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1.ResourceClaimTemplate",
  "listMessage": "k8s.io.api.resource.v1.ResourceClaimTemplateList",
  "storagePath": "/registry/resourceclaimtemplates/{namespace}/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceClaimTemplate"
  },
  "storageVersionHash": "TuzjC49aUfM=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceslices: resourceType<resourceV1Types.ResourceSlice>({
  "group": "resource.k8s.io",
  "version": "v1",
  "resource": "resourceslices",
  "singular": "resourceslice",
  "kind": "ResourceSlice",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [
    "spec.driver",
    "spec.nodeName",
    "spec.pool.name"
  ],
  "message": "k8s.io.api.resource.v1.ResourceSlice",
  "listMessage": "k8s.io.api.resource.v1.ResourceSliceList",
  "storagePath": "/registry/resourceslices/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceSlice"
  },
  "storageVersionHash": "KsC072WgaEY=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Node",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Driver",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Pool",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** resource.k8s.io/v1beta2 */
export const resourceV1beta2 = {
  deviceclasses: resourceType<resourceV1beta2Types.DeviceClass>({
  "group": "resource.k8s.io",
  "version": "v1beta2",
  "resource": "deviceclasses",
  "singular": "deviceclass",
  "kind": "DeviceClass",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta2.DeviceClass",
  "listMessage": "k8s.io.api.resource.v1beta2.DeviceClassList",
  "storagePath": "/registry/deviceclasses/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "DeviceClass"
  },
  "storageVersionHash": "Yk2PTc1Ybxk=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  devicetaintrules: resourceType<resourceV1beta2Types.DeviceTaintRule>({
  "group": "resource.k8s.io",
  "version": "v1beta2",
  "resource": "devicetaintrules",
  "singular": "devicetaintrule",
  "kind": "DeviceTaintRule",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta2.DeviceTaintRule",
  "listMessage": "k8s.io.api.resource.v1beta2.DeviceTaintRuleList",
  "storagePath": "/registry/devicetaintrules/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1beta2",
    "kind": "DeviceTaintRule"
  },
  "storageVersionHash": "i+85+TcIKpA=",
  "subresources": [
    {
      "name": "status",
      "kind": "DeviceTaintRule",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1beta2"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Key",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Value",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Effect",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "TimeAdded",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceclaims: resourceType<resourceV1beta2Types.ResourceClaim>({
  "group": "resource.k8s.io",
  "version": "v1beta2",
  "resource": "resourceclaims",
  "singular": "resourceclaim",
  "kind": "ResourceClaim",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta2.ResourceClaim",
  "listMessage": "k8s.io.api.resource.v1beta2.ResourceClaimList",
  "storagePath": "/registry/resourceclaims/{namespace}/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceClaim"
  },
  "storageVersionHash": "wgAZaHcZxUg=",
  "subresources": [
    {
      "name": "status",
      "kind": "ResourceClaim",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1beta2"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "State",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceclaimtemplates: resourceType<resourceV1beta2Types.ResourceClaimTemplate>({
  "group": "resource.k8s.io",
  "version": "v1beta2",
  "resource": "resourceclaimtemplates",
  "singular": "resourceclaimtemplate",
  "kind": "ResourceClaimTemplate",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta2.ResourceClaimTemplate",
  "listMessage": "k8s.io.api.resource.v1beta2.ResourceClaimTemplateList",
  "storagePath": "/registry/resourceclaimtemplates/{namespace}/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceClaimTemplate"
  },
  "storageVersionHash": "TuzjC49aUfM=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceslices: resourceType<resourceV1beta2Types.ResourceSlice>({
  "group": "resource.k8s.io",
  "version": "v1beta2",
  "resource": "resourceslices",
  "singular": "resourceslice",
  "kind": "ResourceSlice",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [
    "spec.driver",
    "spec.nodeName",
    "spec.pool.name"
  ],
  "message": "k8s.io.api.resource.v1beta2.ResourceSlice",
  "listMessage": "k8s.io.api.resource.v1beta2.ResourceSliceList",
  "storagePath": "/registry/resourceslices/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceSlice"
  },
  "storageVersionHash": "KsC072WgaEY=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Node",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Driver",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Pool",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** resource.k8s.io/v1beta1 */
export const resourceV1beta1 = {
  deviceclasses: resourceType<resourceV1beta1Types.DeviceClass>({
  "group": "resource.k8s.io",
  "version": "v1beta1",
  "resource": "deviceclasses",
  "singular": "deviceclass",
  "kind": "DeviceClass",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta1.DeviceClass",
  "listMessage": "k8s.io.api.resource.v1beta1.DeviceClassList",
  "storagePath": "/registry/deviceclasses/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "DeviceClass"
  },
  "storageVersionHash": "Yk2PTc1Ybxk=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceclaims: resourceType<resourceV1beta1Types.ResourceClaim>({
  "group": "resource.k8s.io",
  "version": "v1beta1",
  "resource": "resourceclaims",
  "singular": "resourceclaim",
  "kind": "ResourceClaim",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta1.ResourceClaim",
  "listMessage": "k8s.io.api.resource.v1beta1.ResourceClaimList",
  "storagePath": "/registry/resourceclaims/{namespace}/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceClaim"
  },
  "storageVersionHash": "wgAZaHcZxUg=",
  "subresources": [
    {
      "name": "status",
      "kind": "ResourceClaim",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1beta1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "State",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceclaimtemplates: resourceType<resourceV1beta1Types.ResourceClaimTemplate>({
  "group": "resource.k8s.io",
  "version": "v1beta1",
  "resource": "resourceclaimtemplates",
  "singular": "resourceclaimtemplate",
  "kind": "ResourceClaimTemplate",
  "namespaced": true,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1beta1.ResourceClaimTemplate",
  "listMessage": "k8s.io.api.resource.v1beta1.ResourceClaimTemplateList",
  "storagePath": "/registry/resourceclaimtemplates/{namespace}/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceClaimTemplate"
  },
  "storageVersionHash": "TuzjC49aUfM=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourceslices: resourceType<resourceV1beta1Types.ResourceSlice>({
  "group": "resource.k8s.io",
  "version": "v1beta1",
  "resource": "resourceslices",
  "singular": "resourceslice",
  "kind": "ResourceSlice",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [
    "spec.driver",
    "spec.nodeName",
    "spec.pool.name"
  ],
  "message": "k8s.io.api.resource.v1beta1.ResourceSlice",
  "listMessage": "k8s.io.api.resource.v1beta1.ResourceSliceList",
  "storagePath": "/registry/resourceslices/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1",
    "kind": "ResourceSlice"
  },
  "storageVersionHash": "KsC072WgaEY=",
  "subresources": [],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Node",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Driver",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Pool",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** resource.k8s.io/v1alpha3 */
export const resourceV1alpha3 = {
  devicetaintrules: resourceType<resourceV1alpha3Types.DeviceTaintRule>({
  "group": "resource.k8s.io",
  "version": "v1alpha3",
  "resource": "devicetaintrules",
  "singular": "devicetaintrule",
  "kind": "DeviceTaintRule",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1alpha3.DeviceTaintRule",
  "listMessage": "k8s.io.api.resource.v1alpha3.DeviceTaintRuleList",
  "storagePath": "/registry/devicetaintrules/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1beta2",
    "kind": "DeviceTaintRule"
  },
  "storageVersionHash": "i+85+TcIKpA=",
  "subresources": [
    {
      "name": "status",
      "kind": "DeviceTaintRule",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1alpha3"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Key",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Value",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Effect",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "TimeAdded",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
  resourcepoolstatusrequests: resourceType<resourceV1alpha3Types.ResourcePoolStatusRequest>({
  "group": "resource.k8s.io",
  "version": "v1alpha3",
  "resource": "resourcepoolstatusrequests",
  "singular": "resourcepoolstatusrequest",
  "kind": "ResourcePoolStatusRequest",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.resource.v1alpha3.ResourcePoolStatusRequest",
  "listMessage": "k8s.io.api.resource.v1alpha3.ResourcePoolStatusRequestList",
  "storagePath": "/registry/resourcepoolstatusrequests/{name}",
  "storage": {
    "group": "resource.k8s.io",
    "version": "v1alpha3",
    "kind": "ResourcePoolStatusRequest"
  },
  "storageVersionHash": "iy583CtMwdY=",
  "subresources": [
    {
      "name": "status",
      "kind": "ResourcePoolStatusRequest",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "resource.k8s.io",
      "version": "v1alpha3"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Driver",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Total",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Available",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Allocated",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Unavailable",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Errors",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Pools",
      "type": "integer"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Completed",
      "type": "string"
    }
  ]
}),
} as const;

/** flowcontrol.apiserver.k8s.io/v1 */
export const flowcontrolV1 = {
  flowschemas: resourceType<flowcontrolV1Types.FlowSchema>({
  "group": "flowcontrol.apiserver.k8s.io",
  "version": "v1",
  "resource": "flowschemas",
  "singular": "flowschema",
  "kind": "FlowSchema",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.flowcontrol.v1.FlowSchema",
  "listMessage": "k8s.io.api.flowcontrol.v1.FlowSchemaList",
  "storagePath": "/registry/flowschemas/{name}",
  "storage": {
    "group": "flowcontrol.apiserver.k8s.io",
    "version": "v1",
    "kind": "FlowSchema"
  },
  "storageVersionHash": "GJVAJZSZBIw=",
  "subresources": [
    {
      "name": "status",
      "kind": "FlowSchema",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "flowcontrol.apiserver.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "PriorityLevel",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "MatchingPrecedence",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "DistinguisherMethod",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "MissingPL",
      "type": "string"
    }
  ]
}),
  prioritylevelconfigurations: resourceType<flowcontrolV1Types.PriorityLevelConfiguration>({
  "group": "flowcontrol.apiserver.k8s.io",
  "version": "v1",
  "resource": "prioritylevelconfigurations",
  "singular": "prioritylevelconfiguration",
  "kind": "PriorityLevelConfiguration",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration",
  "listMessage": "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationList",
  "storagePath": "/registry/prioritylevelconfigurations/{name}",
  "storage": {
    "group": "flowcontrol.apiserver.k8s.io",
    "version": "v1",
    "kind": "PriorityLevelConfiguration"
  },
  "storageVersionHash": "Kir5PVfvNeI=",
  "subresources": [
    {
      "name": "status",
      "kind": "PriorityLevelConfiguration",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "flowcontrol.apiserver.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Type",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "NominalConcurrencyShares",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Queues",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "HandSize",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "QueueLengthLimit",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** internal.apiserver.k8s.io/v1alpha1 */
export const apiserverinternalV1alpha1 = {
  storageversions: resourceType<apiserverinternalV1alpha1Types.StorageVersion>({
  "group": "internal.apiserver.k8s.io",
  "version": "v1alpha1",
  "resource": "storageversions",
  "singular": "storageversion",
  "kind": "StorageVersion",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.apiserverinternal.v1alpha1.StorageVersion",
  "listMessage": "k8s.io.api.apiserverinternal.v1alpha1.StorageVersionList",
  "storagePath": "/registry/storageversions/{name}",
  "storage": {
    "group": "internal.apiserver.k8s.io",
    "version": "v1alpha1",
    "kind": "StorageVersion"
  },
  "storageVersionHash": "c8YZt5U0nPk=",
  "subresources": [
    {
      "name": "status",
      "kind": "StorageVersion",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "internal.apiserver.k8s.io",
      "version": "v1alpha1"
    }
  ],
  "columns": [
    {
      "format": "name",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "CommonEncodingVersion",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "StorageVersions",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Age",
      "type": "string"
    }
  ]
}),
} as const;

/** storagemigration.k8s.io/v1 */
export const storagemigrationV1 = {
  storageversionmigrations: resourceType<storagemigrationV1Types.StorageVersionMigration>({
  "group": "storagemigration.k8s.io",
  "version": "v1",
  "resource": "storageversionmigrations",
  "singular": "storageversionmigration",
  "kind": "StorageVersionMigration",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": true,
  "fieldSelectors": [],
  "message": "k8s.io.api.storagemigration.v1.StorageVersionMigration",
  "listMessage": "k8s.io.api.storagemigration.v1.StorageVersionMigrationList",
  "storagePath": "/registry/storageversionmigrations/{name}",
  "storage": {
    "group": "storagemigration.k8s.io",
    "version": "v1beta1",
    "kind": "StorageVersionMigration"
  },
  "storageVersionHash": "pCjmmKOkLy4=",
  "subresources": [
    {
      "name": "status",
      "kind": "StorageVersionMigration",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "storagemigration.k8s.io",
      "version": "v1"
    }
  ],
  "columns": [
    {
      "format": "",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Resource",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    }
  ]
}),
} as const;

/** storagemigration.k8s.io/v1beta1 */
export const storagemigrationV1beta1 = {
  storageversionmigrations: resourceType<storagemigrationV1beta1Types.StorageVersionMigration>({
  "group": "storagemigration.k8s.io",
  "version": "v1beta1",
  "resource": "storageversionmigrations",
  "singular": "storageversionmigration",
  "kind": "StorageVersionMigration",
  "namespaced": false,
  "shortNames": [],
  "categories": [],
  "verbs": [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch"
  ],
  "enabledByDefault": false,
  "fieldSelectors": [],
  "message": "k8s.io.api.storagemigration.v1beta1.StorageVersionMigration",
  "listMessage": "k8s.io.api.storagemigration.v1beta1.StorageVersionMigrationList",
  "storagePath": "/registry/storageversionmigrations/{name}",
  "storage": {
    "group": "storagemigration.k8s.io",
    "version": "v1beta1",
    "kind": "StorageVersionMigration"
  },
  "storageVersionHash": "pCjmmKOkLy4=",
  "subresources": [
    {
      "name": "status",
      "kind": "StorageVersionMigration",
      "verbs": [
        "get",
        "patch",
        "update"
      ],
      "group": "storagemigration.k8s.io",
      "version": "v1beta1"
    }
  ],
  "columns": [
    {
      "format": "",
      "priority": 0,
      "name": "Name",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Resource",
      "type": "string"
    },
    {
      "format": "",
      "priority": 0,
      "name": "Status",
      "type": "string"
    }
  ]
}),
} as const;

/** What is served by default, by plural: of each the first group, preferred version. */
export const resources = {
  bindings: coreV1.bindings,
  componentstatuses: coreV1.componentstatuses,
  configmaps: coreV1.configmaps,
  endpoints: coreV1.endpoints,
  events: coreV1.events,
  limitranges: coreV1.limitranges,
  namespaces: coreV1.namespaces,
  nodes: coreV1.nodes,
  persistentvolumeclaims: coreV1.persistentvolumeclaims,
  persistentvolumes: coreV1.persistentvolumes,
  pods: coreV1.pods,
  podtemplates: coreV1.podtemplates,
  replicationcontrollers: coreV1.replicationcontrollers,
  resourcequotas: coreV1.resourcequotas,
  secrets: coreV1.secrets,
  serviceaccounts: coreV1.serviceaccounts,
  services: coreV1.services,
  apiservices: apiregistrationV1.apiservices,
  controllerrevisions: appsV1.controllerrevisions,
  daemonsets: appsV1.daemonsets,
  deployments: appsV1.deployments,
  replicasets: appsV1.replicasets,
  statefulsets: appsV1.statefulsets,
  selfsubjectreviews: authenticationV1.selfsubjectreviews,
  tokenreviews: authenticationV1.tokenreviews,
  localsubjectaccessreviews: authorizationV1.localsubjectaccessreviews,
  selfsubjectaccessreviews: authorizationV1.selfsubjectaccessreviews,
  selfsubjectrulesreviews: authorizationV1.selfsubjectrulesreviews,
  subjectaccessreviews: authorizationV1.subjectaccessreviews,
  horizontalpodautoscalers: autoscalingV2.horizontalpodautoscalers,
  cronjobs: batchV1.cronjobs,
  jobs: batchV1.jobs,
  certificatesigningrequests: certificatesV1.certificatesigningrequests,
  clustertrustbundles: certificatesV1.clustertrustbundles,
  podcertificaterequests: certificatesV1.podcertificaterequests,
  ingressclasses: networkingV1.ingressclasses,
  ingresses: networkingV1.ingresses,
  ipaddresses: networkingV1.ipaddresses,
  networkpolicies: networkingV1.networkpolicies,
  servicecidrs: networkingV1.servicecidrs,
  poddisruptionbudgets: policyV1.poddisruptionbudgets,
  clusterrolebindings: rbacV1.clusterrolebindings,
  clusterroles: rbacV1.clusterroles,
  rolebindings: rbacV1.rolebindings,
  roles: rbacV1.roles,
  csidrivers: storageV1.csidrivers,
  csinodes: storageV1.csinodes,
  csistoragecapacities: storageV1.csistoragecapacities,
  storageclasses: storageV1.storageclasses,
  volumeattachments: storageV1.volumeattachments,
  volumeattributesclasses: storageV1.volumeattributesclasses,
  mutatingadmissionpolicies: admissionregistrationV1.mutatingadmissionpolicies,
  mutatingadmissionpolicybindings: admissionregistrationV1.mutatingadmissionpolicybindings,
  mutatingwebhookconfigurations: admissionregistrationV1.mutatingwebhookconfigurations,
  validatingadmissionpolicies: admissionregistrationV1.validatingadmissionpolicies,
  validatingadmissionpolicybindings: admissionregistrationV1.validatingadmissionpolicybindings,
  validatingwebhookconfigurations: admissionregistrationV1.validatingwebhookconfigurations,
  customresourcedefinitions: apiextensionsV1.customresourcedefinitions,
  priorityclasses: schedulingV1.priorityclasses,
  leases: coordinationV1.leases,
  runtimeclasses: nodeV1.runtimeclasses,
  endpointslices: discoveryV1.endpointslices,
  deviceclasses: resourceV1.deviceclasses,
  devicetaintrules: resourceV1.devicetaintrules,
  resourceclaims: resourceV1.resourceclaims,
  resourceclaimtemplates: resourceV1.resourceclaimtemplates,
  resourceslices: resourceV1.resourceslices,
  flowschemas: flowcontrolV1.flowschemas,
  prioritylevelconfigurations: flowcontrolV1.prioritylevelconfigurations,
  storageversionmigrations: storagemigrationV1.storageversionmigrations,
} as const;

/** Every resource of every version, in discovery order. */
export const allResources: readonly ResourceType<unknown>[] = [
  ...Object.values(coreV1),
  ...Object.values(apiregistrationV1),
  ...Object.values(appsV1),
  ...Object.values(eventsV1),
  ...Object.values(authenticationV1),
  ...Object.values(authorizationV1),
  ...Object.values(autoscalingV2),
  ...Object.values(autoscalingV1),
  ...Object.values(batchV1),
  ...Object.values(certificatesV1),
  ...Object.values(certificatesV1beta1),
  ...Object.values(networkingV1),
  ...Object.values(policyV1),
  ...Object.values(rbacV1),
  ...Object.values(storageV1),
  ...Object.values(admissionregistrationV1),
  ...Object.values(admissionregistrationV1beta1),
  ...Object.values(admissionregistrationV1alpha1),
  ...Object.values(apiextensionsV1),
  ...Object.values(schedulingV1),
  ...Object.values(coordinationV1),
  ...Object.values(coordinationV1beta1),
  ...Object.values(coordinationV1alpha2),
  ...Object.values(nodeV1),
  ...Object.values(discoveryV1),
  ...Object.values(resourceV1),
  ...Object.values(resourceV1beta2),
  ...Object.values(resourceV1beta1),
  ...Object.values(resourceV1alpha3),
  ...Object.values(flowcontrolV1),
  ...Object.values(apiserverinternalV1alpha1),
  ...Object.values(storagemigrationV1),
  ...Object.values(storagemigrationV1beta1),
];

/** Groups and their versions in discovery order, the preferred version first. */
export const groupOrder: readonly { group: string; versions: readonly string[] }[] = [
  {
    "group": "",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "apiregistration.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "apps",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "events.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "authentication.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "authorization.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "autoscaling",
    "versions": [
      "v2",
      "v1"
    ]
  },
  {
    "group": "batch",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "certificates.k8s.io",
    "versions": [
      "v1",
      "v1beta1"
    ]
  },
  {
    "group": "networking.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "policy",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "rbac.authorization.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "storage.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "admissionregistration.k8s.io",
    "versions": [
      "v1",
      "v1beta1",
      "v1alpha1"
    ]
  },
  {
    "group": "apiextensions.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "scheduling.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "coordination.k8s.io",
    "versions": [
      "v1",
      "v1beta1",
      "v1alpha2"
    ]
  },
  {
    "group": "node.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "discovery.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "resource.k8s.io",
    "versions": [
      "v1",
      "v1beta2",
      "v1beta1",
      "v1alpha3"
    ]
  },
  {
    "group": "flowcontrol.apiserver.k8s.io",
    "versions": [
      "v1"
    ]
  },
  {
    "group": "internal.apiserver.k8s.io",
    "versions": [
      "v1alpha1"
    ]
  },
  {
    "group": "storagemigration.k8s.io",
    "versions": [
      "v1",
      "v1beta1"
    ]
  }
];
