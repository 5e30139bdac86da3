import type { UserInfo } from "../identity.js";
import type { Authorizer } from "./authorizer.js";

/** What somebody may do for a signer: approve or sign requests, attest to its trust bundles. */
export type SignerVerb = "approve" | "sign" | "attest";

/** Whether the user holds a verb on a signer, or on all signers of its domain. */
export async function maySign(
  authorizer: Authorizer,
  user: UserInfo,
  verb: SignerVerb,
  signerName: string,
): Promise<boolean> {
  const domain = signerName.slice(0, Math.max(signerName.indexOf("/"), 0));
  for (const name of [signerName, `${domain}/*`]) {
    const decision = await authorizer.authorize({
      user,
      verb,
      isResourceRequest: true,
      group: "certificates.k8s.io",
      version: "*",
      resource: "signers",
      subresource: "",
      namespace: "",
      name,
      path: "",
    });
    if (decision.outcome === "allow") return true;
  }
  return false;
}
