import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { cachedNode } from "../../../../lib/apiserver/cache/nodeEntry.js";
import { cachedPodCertificateRequest } from "../../../../lib/apiserver/cache/podCertificateRequestEntry.js";
import { podReferences } from "../../../../lib/apiserver/cache/podReferences.js";
import { ServerCaches } from "../../../../lib/apiserver/cache/serverCaches.js";
import { cachedServiceAccount } from "../../../../lib/apiserver/cache/serviceAccountEntry.js";
import { cachedService } from "../../../../lib/apiserver/cache/serviceEntry.js";
import type { WatchCache } from "../../../../lib/apiserver/cache/watchCache.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";

const reference = (name: string) => ({ name, key: "k" });

const container = (name: string): object => ({
  name,
  image: "i",
  env: [
    { name: "A", valueFrom: { secretKeyRef: reference(`${name}-secret-key`) } },
    { name: "B", valueFrom: { configMapKeyRef: reference(`${name}-map-key`) } },
    { name: "C", value: "plain" },
  ],
  envFrom: [{ secretRef: { name: `${name}-secret` } }, { configMapRef: { name: `${name}-map` } }],
});

const tokens = { serviceAccountToken: { audience: "vault", path: "t" } };
const ownToken = { serviceAccountToken: { path: "t" } };
const certificate = { podCertificate: { signerName: "x.io/y", keyType: "ED25519" } };

const volumes: Readonly<Record<string, object>> = {
  secret: { secret: { secretName: "v-secret" } },
  map: { configMap: { name: "v-map" } },
  claim: { persistentVolumeClaim: { claimName: "v-claim" } },
  ephemeral: { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } },
  csi: { csi: { driver: "d", nodePublishSecretRef: { name: "csi-secret" } } },
  iscsi: { iscsi: { targetPortal: "p", iqn: "q", lun: 0, secretRef: { name: "iscsi-secret" } } },
  rbd: { rbd: { monitors: ["m"], image: "i", secretRef: { name: "rbd-secret" } } },
  ceph: { cephfs: { monitors: ["m"], secretRef: { name: "ceph-secret" } } },
  flex: { flexVolume: { driver: "d", secretRef: { name: "flex-secret" } } },
  azure: { azureFile: { secretName: "azure-secret", shareName: "s" } },
  cinder: { cinder: { volumeID: "v", secretRef: { name: "cinder-secret" } } },
  scale: { scaleIO: { gateway: "g", system: "s", secretRef: { name: "scale-secret" } } },
  storageos: { storageos: { volumeName: "v", secretRef: { name: "storageos-secret" } } },
  projected: {
    projected: {
      sources: [
        { secret: { name: "p-secret" } },
        { configMap: { name: "p-map" } },
        ...[tokens, ownToken, certificate],
      ],
    },
  },
};

function podWith(given: Readonly<Record<string, object>>, metadata: object = {}): object {
  return {
    metadata: { name: "p", namespace: "n", uid: "u", ...metadata },
    spec: {
      nodeName: "node-1",
      serviceAccountName: "account",
      imagePullSecrets: [{ name: "pull" }],
      initContainers: [container("first")],
      containers: [container("main")],
      ephemeralContainers: [container("late")],
      resourceClaims: [{ name: "c" }, { name: "e", resourceClaimName: "named" }],
      volumes: Object.entries(given).map(([name, source]) => ({ name, ...source })),
    },
    status: { resourceClaimStatuses: [{ name: "c", resourceClaimName: "made" }, { name: "d" }] },
  };
}

interface Case {
  readonly what: string;
  readonly key: string;
  readonly message: string;
  readonly object: object;
  readonly entry: (object: ObjectTree) => unknown;
  readonly cache: (caches: ServerCaches) => WatchCache<unknown>;
}

const pod = (what: string, object: object): Case => ({
  what,
  key: "/registry/pods/n/p",
  message: "k8s.io.api.core.v1.Pod",
  object,
  entry: podReferences,
  cache: (caches) => caches.pods as WatchCache<unknown>,
});

const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 7 };
const mirrored = { annotations: { "kubernetes.io/config.mirror": "hash" } };

const cases: readonly Case[] = [
  pod("a pod that refers to everything", podWith(volumes)),
  ...Object.entries(volumes).map(([name, source]) =>
    pod(`a pod with the volume ${name} alone`, podWith({ [name]: source })),
  ),
  pod("a pod that goes", podWith({}, deleted)),
  pod("a mirror pod", podWith(volumes, mirrored)),
  {
    what: "a node",
    key: "/registry/minions/p",
    message: "k8s.io.api.core.v1.Node",
    object: { metadata: { name: "p", uid: "u", labels: { "topology.kubernetes.io/zone": "z" } } },
    entry: cachedNode,
    cache: (caches) => caches.nodes as WatchCache<unknown>,
  },
  {
    what: "a service account",
    key: "/registry/serviceaccounts/n/p",
    message: "k8s.io.api.core.v1.ServiceAccount",
    object: {
      metadata: { name: "p", namespace: "n", uid: "u", annotations: { a: "b" }, ...deleted },
      imagePullSecrets: [{ name: "pull" }],
      secrets: [{ name: "s", namespace: "n" }],
      automountServiceAccountToken: false,
    },
    entry: cachedServiceAccount,
    cache: (caches) => caches.serviceAccounts as WatchCache<unknown>,
  },
  {
    what: "a service",
    key: "/registry/services/specs/n/p",
    message: "k8s.io.api.core.v1.Service",
    object: {
      metadata: { name: "p", namespace: "n" },
      spec: {
        clusterIP: "10.0.0.7",
        clusterIPs: ["10.0.0.7", "fd00::7"],
        ports: [{ name: "a", port: 80, nodePort: 30_080 }, { port: 81 }],
        healthCheckNodePort: 30_081,
      },
    },
    entry: cachedService,
    cache: (caches) => caches.services as WatchCache<unknown>,
  },
  {
    what: "a request for a pod's certificate",
    key: "/registry/podcertificaterequests/n/p",
    message: "k8s.io.api.certificates.v1beta1.PodCertificateRequest",
    object: { metadata: { name: "p", namespace: "n" }, spec: { nodeName: "node-1" } },
    entry: cachedPodCertificateRequest,
    cache: (caches) => caches.podCertificateRequests as WatchCache<unknown>,
  },
  {
    what: "a role, whole but for its managedFields",
    key: "/registry/roles/n/p",
    message: "k8s.io.api.rbac.v1.Role",
    object: {
      metadata: {
        name: "p",
        namespace: "n",
        resourceVersion: "1",
        managedFields: [{ manager: "m", operation: "Update", fieldsType: "FieldsV1" }],
      },
      rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }],
    },
    entry: ({ kind: _kind, apiVersion: _version, metadata, ...rest }) => {
      const { managedFields: _fields, ...kept } = metadata as ObjectTree;
      return { metadata: kept, ...rest };
    },
    cache: (caches) => caches.roles as WatchCache<unknown>,
  },
];

describe("what the server's caches keep of an object", () => {
  it("are all secrets and claims that upstream lets a pod's node read", () => {
    const { secrets, resourceClaims } = podReferences(podWith(volumes) as ObjectTree);
    const drivers = [
      "azure",
      "ceph",
      "cinder",
      "csi",
      "flex",
      "iscsi",
      "rbd",
      "scale",
      "storageos",
    ];
    for (const driver of drivers) assert.ok(secrets.has(`${driver}-secret`), driver);
    assert.deepEqual([...resourceClaims], ["named", "made"]);
  });

  for (const { what, key, message, object, entry, cache } of cases) {
    it(`is what its whole would give: ${what}`, async () => {
      const storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
      const caches = new ServerCaches(storage);
      try {
        const text = Buffer.from(JSON.stringify(object));
        const decoded = nativeCodec.decode(message, text, { format: "json" }).object;
        assert.ok(decoded);
        const success = [{ type: "put" as const, key, value: decoded.stored() }];
        const { revision } = await storage.transact({ compare: [], success });
        const view = { messageType: message, format: "json", part: "object" } as const;
        const whole = await storage.getEncoded(key, view);
        const tree = JSON.parse(Buffer.from(whole?.bytes ?? []).toString()) as ObjectTree;
        const known = cache(caches);
        const namespace = key.includes("/n/") ? "n" : "";
        // From a list, and then from a watch.
        const listed = await known.find(namespace, "p");
        assert.deepEqual(listed, entry(tree));
        assert.ok(listed !== undefined && known.revision >= revision);
        const again = await storage.transact({ compare: [], success });
        const metadata = tree.metadata as { resourceVersion?: string };
        metadata.resourceVersion = String(again.revision);
        assert.deepEqual(await known.find(namespace, "p"), entry(tree));
      } finally {
        caches.close();
        await storage.close();
      }
    });
  }
});
