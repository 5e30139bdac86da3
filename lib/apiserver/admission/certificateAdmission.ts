import { semanticEqual } from "../../api/equality.js";
import { certificatesV1 } from "../../api/gen/resources.js";
import type { Authorizer } from "../authorization/authorizer.js";
import { maySign } from "../authorization/signerPermission.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden } from "./forbidden.js";
import { objectOf, oldObjectOf } from "./typedObjects.js";

function isRequests(group: string, resource: string): boolean {
  return group === "certificates.k8s.io" && resource === "certificatesigningrequests";
}

/** Approving a request needs the verb approve on its signer. */
export class CertificateApproval implements AdmissionPlugin {
  readonly name = "CertificateApproval";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return operation === "UPDATE" && isRequests(group, resource) && subresource === "approval";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const old = oldObjectOf(attributes, certificatesV1.certificatesigningrequests);
    const signer = old.spec.signerName ?? "";
    if (await maySign(this.#authorizer, attributes.user, "approve", signer)) return;
    const quoted = JSON.stringify(signer);
    throw forbidden(attributes, `user not permitted to approve requests with signerName ${quoted}`);
  }
}

/** Filling in a certificate, or a failure, needs the verb sign on the request's signer. */
export class CertificateSigning implements AdmissionPlugin {
  readonly name = "CertificateSigning";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return operation === "UPDATE" && isRequests(group, resource) && subresource === "status";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const request = objectOf(attributes, certificatesV1.certificatesigningrequests);
    const old = oldObjectOf(attributes, certificatesV1.certificatesigningrequests);
    const same =
      semanticEqual(request.status?.certificate, old.status?.certificate) &&
      semanticEqual(request.status?.conditions, old.status?.conditions);
    if (same) return;
    const signer = old.spec.signerName ?? "";
    if (await maySign(this.#authorizer, attributes.user, "sign", signer)) return;
    const quoted = JSON.stringify(signer);
    throw forbidden(attributes, `user not permitted to sign requests with signerName ${quoted}`);
  }
}

/** Whoever writes the trust bundle of a signer needs the verb attest on it. */
export class ClusterTrustBundleAttest implements AdmissionPlugin {
  readonly name = "ClusterTrustBundleAttest";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    const isWrite = operation === "CREATE" || operation === "UPDATE";
    const isBundle = group === "certificates.k8s.io" && resource === "clustertrustbundles";
    return isWrite && isBundle && subresource === "";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    // The kind's rules see to it that an update keeps the signer.
    const { spec } = objectOf(attributes, certificatesV1.clustertrustbundles);
    const signer = spec.signerName ?? "";
    if (signer === "" || (await maySign(this.#authorizer, attributes.user, "attest", signer)))
      return;
    const quoted = JSON.stringify(signer);
    throw forbidden(attributes, `user not permitted to attest for signerName ${quoted}`);
  }
}

/** Nobody gets a client certificate of system:masters by asking: it could never be taken back. */
export class CertificateSubjectRestriction implements AdmissionPlugin {
  readonly name = "CertificateSubjectRestriction";

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return operation === "CREATE" && isRequests(group, resource) && subresource === "";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { spec } = objectOf(attributes, certificatesV1.certificatesigningrequests);
    if (spec.signerName !== "kubernetes.io/kube-apiserver-client") return;
    const organizations = await organizationsOf(spec.request ?? "");
    if (organizations === undefined) throw forbidden(attributes, "failed to parse CSR");
    if (!organizations.includes("system:masters")) return;
    const why =
      "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed";
    throw forbidden(attributes, why);
  }
}

async function organizationsOf(base64: string): Promise<string[] | undefined> {
  // Loaded for the rare request that has one.
  await import("reflect-metadata");
  const { Pkcs10CertificateRequest } = await import("@peculiar/x509");
  try {
    const pem = Buffer.from(base64, "base64").toString("utf8");
    return new Pkcs10CertificateRequest(pem).subjectName.getField("O");
  } catch {
    return undefined;
  }
}
