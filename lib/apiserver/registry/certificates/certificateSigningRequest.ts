import type { CertificateSigningRequest } from "../../../api/gen/types/certificatesV1.js";
import { formatTime } from "../../../api/time.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";
import { validateSignerName } from "./signerRules.js";

const spec = FieldPath.root("spec");
const decided = new Set(["Approved", "Denied"]);

export const certificateSigningRequestStrategy: TypedStrategy<CertificateSigningRequest> = {
  group: "certificates.k8s.io",
  kind: "CertificateSigningRequest",
  prepareForCreate(request, { user, userName }) {
    // Who asks is not the client's to say.
    request.spec.username = user?.name ?? userName;
    delete request.spec.uid;
    delete request.spec.groups;
    delete request.spec.extra;
    if (user?.uid) request.spec.uid = user.uid;
    if (user && user.groups.length > 0) request.spec.groups = [...user.groups];
    if (user && Object.keys(user.extra).length > 0) {
      request.spec.extra = user.extra as NonNullable<typeof request.spec.extra>;
    }
    delete request.status;
  },
  prepareForUpdate(request, old, { subresource, now }) {
    request.spec = old.spec;
    const before = old.status?.conditions ?? [];
    if (subresource === "approval") {
      request.status = { ...old.status, conditions: request.status?.conditions ?? [] };
    } else if (subresource === "status") {
      const kept = before.filter(({ type }) => decided.has(type));
      const others = (request.status?.conditions ?? []).filter(({ type }) => !decided.has(type));
      request.status = { ...request.status, conditions: [...kept, ...others] };
    } else if (old.status === undefined) delete request.status;
    else request.status = old.status;
    stampConditions(request, old, now);
  },
  validate(request, errors) {
    validateSpec(request, errors);
  },
  validateUpdate(request, old, errors, { subresource }) {
    if (subresource !== "approval") return;
    const path = FieldPath.root("status").child("conditions");
    const types = (request.status?.conditions ?? []).map(({ type }) => type);
    for (const { type } of old.status?.conditions ?? []) {
      if (decided.has(type) && !types.includes(type)) {
        errors.forbidden(
          path,
          `updates may not remove a condition of type ${JSON.stringify(type)}`,
        );
      }
    }
    if (types.includes("Approved") && types.includes("Denied")) {
      errors.invalid(path, "Approved", "Approved and Denied conditions are mutually exclusive");
    }
  },
};

function stampConditions(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  now: number,
): void {
  const time = formatTime(now);
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    condition.lastUpdateTime ??= time;
    if (!condition.lastTransitionTime) {
      condition.lastTransitionTime =
        before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
    }
  }
}

/** What a certificate may be for, as the API names it. */
const keyUsages = [
  ...["any", "cert sign", "client auth", "code signing", "content commitment", "crl sign"],
  ...["data encipherment", "decipher only", "digital signature", "email protection"],
  ...["encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement"],
  ...["key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime"],
  ...["server auth", "signing", "timestamping"],
];

function validateSpec(request: CertificateSigningRequest, errors: ErrorList): void {
  const pem = Buffer.from(request.spec.request ?? "", "base64").toString("utf8");
  if (!/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(pem)) {
    const shown = request.spec.request ? "" : null;
    errors.invalid(spec.child("request"), shown, "PEM block type must be CERTIFICATE REQUEST");
  }
  const usages = request.spec.usages ?? [];
  if (usages.length === 0) errors.required(spec.child("usages"));
  const seen = new Set<string>();
  for (const [position, usage] of usages.entries()) {
    errors.oneOf(spec.child("usages").index(position), usage, keyUsages);
    if (seen.has(usage)) errors.duplicate(spec.child("usages").index(position), usage);
    seen.add(usage);
  }
  validateSignerName(request.spec.signerName ?? "", errors, spec.child("signerName"));
  const seconds = request.spec.expirationSeconds;
  if (typeof seconds === "number" && seconds < 600) {
    const detail = "may not specify a duration less than 600 seconds (10 minutes)";
    errors.invalid(spec.child("expirationSeconds"), seconds, detail);
  }
}
