import { certificatesV1 } from "../../api/gen/resources.js";
import type { Authorizer } from "../authorization/authorizer.js";
import type { PodReferences } from "../cache/podReferences.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { unknownFailure } from "../plainError.js";
import type { AdmissionAttributes } from "./admissionPlugin.js";
import { forbidden } from "./forbidden.js";
import { objectOf } from "./typedObjects.js";

const quote = (text: string): string => JSON.stringify(text);

/**
 * A node asks for certificates of pods that run on it, of signers that those pods name. What may be
 * true in a moment fails without being forbidden, so that the kubelet asks again.
 */
export async function validatePodCertificateRequest(
  node: string,
  attributes: AdmissionAttributes,
  caches: ServerCaches,
  authorizer: Authorizer,
): Promise<void> {
  const { operation, subresource, namespace } = attributes;
  if (operation !== "CREATE") throw forbidden(attributes, `unexpected operation ${operation}`);
  if (subresource !== "") throw forbidden(attributes, `unexpected subresource ${subresource}`);
  const { spec } = objectOf(attributes, certificatesV1.podcertificaterequests);
  if (spec.nodeName !== node) {
    const named = `PodCertificateRequest.Spec.NodeName=${quote(spec.nodeName)}`;
    throw forbidden(attributes, `${named}, which is not the requesting node ${quote(node)}`);
  }
  const { nodes, pods, serviceAccounts } = caches;
  await Promise.all([
    nodes.readYourWrites(),
    pods.readYourWrites(),
    serviceAccounts.readYourWrites(),
  ]);
  const podName = quote(`${namespace}/${spec.podName}`);
  const request = `PodCertificateRequest for pod ${podName}`;
  const missing = (what: string, name: string, resource: string, plain: string): Error =>
    unknownFailure(
      `while retrieving ${what} ${name} named in the PodCertificateRequest: ` +
        `${resource} ${quote(plain)} not found`,
    );
  const known = nodes.get("", node);
  if (known === undefined) throw missing("node", quote(node), "node", node);
  if (known.uid !== spec.nodeUID) {
    const why = `names node UID ${quote(spec.nodeUID)}, inconsistent with the running node`;
    throw unknownFailure(`${request} ${why} (${quote(known.uid)})`);
  }
  const pod = pods.get(namespace, spec.podName);
  if (pod === undefined) throw missing("pod", podName, "pod", spec.podName);
  if (pod.uid !== spec.podUID) {
    const why = `contains pod UID (${quote(spec.podUID)}) which differs from running pod`;
    throw unknownFailure(`${request} ${why} ${quote(pod.uid)}`);
  }
  if (pod.nodeName !== node) {
    const why = `is not running on node ${quote(node)} named in the PodCertificateRequest`;
    throw forbidden(attributes, `pod ${podName} ${why}`);
  }
  if (pod.isMirror) throw forbidden(attributes, `pod ${podName} is a mirror pod`);
  const account = spec.serviceAccountName;
  if (pod.serviceAccount !== account) {
    const why = `contains serviceAccountName (${quote(account)}) that differs from running pod`;
    throw forbidden(attributes, `${request} ${why} (${quote(pod.serviceAccount)})`);
  }
  const found = serviceAccounts.get(namespace, account);
  if (found === undefined) {
    throw missing("service account", quote(`${namespace}/${account}`), "serviceaccount", account);
  }
  if (found.uid !== spec.serviceAccountUID) {
    const why = `names service account UID ${quote(spec.serviceAccountUID)}, which differs from`;
    throw unknownFailure(`${request} ${why} the running service account (${quote(found.uid)})`);
  }
  await checkSigner(attributes, spec.signerName, pod, authorizer);
}

/** A signer that the pod names, or one that a rule lets nodes ask for the service account. */
async function checkSigner(
  attributes: AdmissionAttributes,
  signerName: string,
  pod: PodReferences,
  authorizer: Authorizer,
): Promise<void> {
  if (pod.certificateSigners.has(signerName)) return;
  const decision = await authorizer.authorize({
    user: attributes.user,
    verb: "request-serviceaccounts-podcertificate-signer",
    isResourceRequest: true,
    group: attributes.group,
    version: attributes.version,
    // RBAC knows no names of resources with slashes.
    resource: signerName.replaceAll("/", ":"),
    subresource: "",
    namespace: attributes.namespace,
    name: pod.serviceAccount,
    path: "",
  });
  if (decision.outcome === "allow") return;
  const named = quote(`${pod.namespace}/${pod.name}`);
  const why = `does not mount a podCertificate projected volume for signer ${quote(signerName)}`;
  throw forbidden(attributes, `pod ${named} ${why}`);
}
