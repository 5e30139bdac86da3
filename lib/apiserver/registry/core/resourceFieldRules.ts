import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { quantityNanos } from "../quantityValue.js";

const resources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const nanos = (exponent: number): bigint => 10n ** BigInt(exponent);
const cpuDivisors = new Set([nanos(6), nanos(9)]);
const byteDivisors = new Set([9, 12, 15, 18, 21, 24, 27].map(nanos));
/** Of those that are written in them: 1Ki is one, 1024 is none. */
const binaryDivisors = new Set(
  [0, 1, 2, 3, 4, 5, 6].map((power) => 1024n ** BigInt(power) * nanos(9)),
);

/** A container's resource as an environment variable or a file shows it. */
export function validateResourceRef(
  reference: { resource: string; divisor?: string },
  errors: ErrorList,
  path: FieldPath,
): void {
  const { resource } = reference;
  if (!resource) {
    errors.required(path.child("resource"));
    return;
  }
  const isHuge = /^(limits|requests)\.hugepages-/.test(resource);
  if (!isHuge && !resources.includes(resource)) {
    errors.notSupported(path.child("resource"), resource, resources);
  }
  validateDivisor(reference, errors, path.child("divisor"));
}

function validateDivisor(
  { resource, divisor }: { resource: string; divisor?: string },
  errors: ErrorList,
  path: FieldPath,
): void {
  const value = divisor === undefined ? 0n : (quantityNanos(divisor) ?? 0n);
  if (value === 0n) return;
  const bytes = String(divisor).endsWith("i") ? binaryDivisors : byteDivisors;
  const isCpu = resource.endsWith(".cpu");
  const isStorage = resource.endsWith(".ephemeral-storage");
  const isMemory = resource.endsWith(".memory") || resource.includes(".hugepages-");
  if (isCpu && !cpuDivisors.has(value)) {
    const detail = "only divisor's values 1m and 1 are supported with the cpu resource";
    errors.invalid(path, resource, detail);
  } else if ((isMemory || isStorage) && !bytes.has(value)) {
    const what = isStorage ? "local ephemeral storage" : "memory";
    const list = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
    const detail = `only divisor's values ${list} are supported with the ${what} resource`;
    errors.invalid(path, resource, detail);
  }
}
