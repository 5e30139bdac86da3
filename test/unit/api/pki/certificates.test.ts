import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as pki from "../../../../lib/api/pki/certificates.js";

const validity = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2060, 0, 1) };

describe("certificates", () => {
  it("issues client and server certificates under an authority that ends after 2050", async () => {
    const ca = await pki.createAuthority({ commonName: "kubernetes" }, validity);
    const authority = await pki.openAuthority(ca);
    const issued = await pki.issue(
      authority,
      { commonName: "system:node:10.0.0.9", organizations: ["system:nodes", "a,b+c=d"] },
      ["client", "server"],
      { dns: ["node", "localhost"], ips: ["10.0.0.9", "::1"] },
      { ...validity, notAfter: Date.UTC(2070, 0, 1) },
    );
    const parsed = new X509Certificate(issued.certificate);
    const root = new X509Certificate(ca.certificate);
    assert.ok(parsed.verify(root.publicKey));
    assert.ok(parsed.checkIssued(root));
    assert.ok(root.ca);
    assert.equal(new Date(parsed.validTo).getUTCFullYear(), 2060);
    assert.match(parsed.subject, /^O=system:nodes\nO=a\\,b\\\+c=d\nCN=system:node:10\.0\.0\.9$/);
    assert.match(parsed.subjectAltName ?? "", /IP Address:10\.0\.0\.9/);
    assert.ok(parsed.checkIP("::1"));
    assert.ok(parsed.checkHost("node"));
  });

  it("signs what a request asks for and sees a forged one", async () => {
    const ca = await pki.createAuthority({ commonName: "kubernetes" }, validity);
    const authority = await pki.openAuthority(ca);
    const keys = await pki.generateKey();
    const subject = { commonName: "system:node:a", organizations: ["system:nodes"] };
    const text = await pki.createRequest(subject, { dns: ["a"], ips: ["10.1.2.3"] }, keys);
    const request = await pki.readRequest(text);
    assert.deepEqual(request.subject, subject);
    assert.deepEqual(request.alternativeNames.ips, ["10.1.2.3"]);
    assert.equal(request.isAuthentic, true);
    const certificate = await pki.signCertificate(
      authority,
      request.subject,
      request.publicKey,
      ["client"],
      pki.noNames,
      validity,
    );
    assert.ok(new X509Certificate(certificate).checkIssued(new X509Certificate(ca.certificate)));
    await assert.rejects(pki.readRequest("no request"));
    const again = await pki.openKeyPair(await pki.privateKeyPem(keys));
    assert.equal(await pki.publicKeyPem(again), await pki.publicKeyPem(keys));
    const other = await pki.readRequest(await pki.createRequest(subject, pki.noNames, again));
    assert.equal(other.isAuthentic, true);
  });
});
