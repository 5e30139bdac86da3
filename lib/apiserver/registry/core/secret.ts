import { semanticEqual } from "../../../api/equality.js";
import type { Secret } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { configMapKey } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";
import { base64Bytes, largestDataBytes } from "./configMap.js";

const data = FieldPath.root("data");
const hidden = "<secret contents redacted>";
const accountAnnotation = "kubernetes.io/service-account.name";
const dockerFiles: Readonly<Record<string, string>> = {
  "kubernetes.io/dockercfg": ".dockercfg",
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
};

/** Secrets. No value of one ever stands in an error. */
export const secretStrategy: TypedStrategy<Secret> = {
  group: "",
  kind: "Secret",
  defaults(secret) {
    secret.type ||= "Opaque";
    // stringData is for writing only; it wins over data.
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: Buffer.from(value).toString("base64") };
    }
    delete secret.stringData;
  },
  prepareForUpdate(secret, old) {
    // Older clients send none.
    if (!secret.type && old.type) secret.type = old.type;
  },
  validate: validateContent,
  validateUpdate(secret, old, errors) {
    errors.immutable(FieldPath.root("type"), secret.type ?? "", secret.type === old.type);
    if (old.immutable === true) {
      const detail = "field is immutable when `immutable` is set";
      if (secret.immutable !== true) errors.forbidden(FieldPath.root("immutable"), detail);
      if (!semanticEqual(secret.data, old.data)) errors.forbidden(data, detail);
    }
    validateContent(secret, errors);
  },
};

function validateContent(secret: Secret, errors: ErrorList): void {
  let size = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    errors.invalidAll(data.key(key), key, configMapKey(key));
    size += base64Bytes(value);
  }
  if (size > largestDataBytes) errors.tooLong(data, largestDataBytes);
  validateType(secret, errors);
}

function validateType(secret: Secret, errors: ErrorList): void {
  const has = (key: string): boolean => Object.hasOwn(secret.data ?? {}, key);
  const type = secret.type ?? "";
  const dockerFile = dockerFiles[type];
  if (type === "kubernetes.io/service-account-token") {
    if (!secret.metadata.annotations?.[accountAnnotation]) {
      const path = FieldPath.root("metadata").child("annotations").key(accountAnnotation);
      errors.required(path);
    }
  } else if (dockerFile !== undefined) {
    if (!has(dockerFile)) errors.required(data.key(dockerFile));
    else if (!isJson(secret.data?.[dockerFile] ?? "")) {
      errors.invalid(data.key(dockerFile), hidden, "invalid JSON");
    }
  } else if (type === "kubernetes.io/basic-auth") {
    if (!has("username") && !has("password")) {
      errors.required(data.key("username"));
      errors.required(data.key("password"));
    }
  } else if (type === "kubernetes.io/ssh-auth") {
    if (!secret.data?.["ssh-privatekey"]) errors.required(data.key("ssh-privatekey"));
  } else if (type === "kubernetes.io/tls") {
    for (const key of ["tls.crt", "tls.key"]) if (!has(key)) errors.required(data.key(key));
  }
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
