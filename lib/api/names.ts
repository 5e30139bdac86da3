import { parseCidr, parseIp } from "./ipAddress.js";

/**
 * Upstream's rules for names and values. Each returns what is wrong, in upstream's words; nothing
 * is wrong with an empty list. Lengths count bytes of UTF-8.
 */

const label1123 = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain1123 = `${label1123}(\\.${label1123})*`;
const label1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualifiedPart = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValue = `(${qualifiedPart})?`;
const configMapKey = "[-._a-zA-Z0-9]+";
const environmentName = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const percentage = "[0-9]+%";
const httpHeader = "[-A-Za-z0-9]+";
const cIdentifier = "[A-Za-z_][A-Za-z0-9_]*";

const compiled = new Map<string, RegExp>();

function matches(format: string, value: string): boolean {
  let expression = compiled.get(format);
  if (expression === undefined) {
    // The Go original has no multi-line mode: `$` is the very end.
    expression = new RegExp(`^(?:${format})$`);
    compiled.set(format, expression);
  }
  return expression.test(value);
}

function regexError(message: string, format: string, ...examples: string[]): string {
  const shown = examples.map((e) => `'${e}', `).join(" or ");
  const lead = shown === "" ? "(" : `(e.g. ${shown}`;
  return `${message} ${lead}regex used for validation is '${format}')`;
}

function byteLength(value: string): number {
  return Buffer.byteLength(value, "utf8");
}

/** Lengths are in bytes, though most of upstream's rules say characters. */
export function maxLengthError(length: number): string {
  return `must be no more than ${length} characters`;
}

/** How the rules of label keys and values say it. */
function maxBytesError(length: number): string {
  return `must be no more than ${length} bytes`;
}

export const emptyError = "must be non-empty";
export const immutableError = "field is immutable";
export const negativeError = "must be greater than or equal to 0";

export function inclusiveRangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

/** Of ports' and containers' names, namespaces, and label-like resource names. At most 63 bytes. */
export function isDns1123Label(value: string): string[] {
  const message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
    "and must start and end with an alphanumeric character";
  const errors = byteLength(value) > 63 ? [maxLengthError(63)] : [];
  if (matches(label1123, value)) return errors;
  if (matches(subdomain1123, value)) return [...errors, "must not contain dots"];
  return [...errors, regexError(message, label1123, "my-name", "123-abc")];
}

/** Of most objects' names. At most 253 bytes. */
export function isDns1123Subdomain(value: string): string[] {
  return subdomainErrors(value, maxLengthError);
}

function subdomainErrors(value: string, tooLong: (length: number) => string): string[] {
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, " +
    "'-' or '.', and must start and end with an alphanumeric character";
  const errors = byteLength(value) > 253 ? [tooLong(253)] : [];
  if (matches(subdomain1123, value)) return errors;
  return [...errors, regexError(message, subdomain1123, "example.com")];
}

/** Of services' names. At most 63 bytes. */
export function isDns1035Label(value: string): string[] {
  const message =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
    "start with an alphabetic character, and end with an alphanumeric character";
  const errors = byteLength(value) > 63 ? [maxLengthError(63)] : [];
  if (matches(label1035, value)) return errors;
  return [...errors, regexError(message, label1035, "my-name", "abc-123")];
}

/** Of the search domains of DNS, where an underscore may stand as well. At most 253 bytes. */
export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  const label = "[a-z0-9_]([-_a-z0-9]*[a-z0-9])?";
  const format = `${label}(\\.${label})*`;
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, " +
    "'_', '-' or '.', and must start and end with an alphanumeric character";
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : [];
  return matches(format, value) ? errors : [...errors, regexError(message, format, "example.com")];
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  const format = `\\*\\.${subdomain1123}`;
  const message =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, " +
    "which must consist of lower case alphanumeric characters, '-' or '.' " +
    "and end with an alphanumeric character";
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : [];
  return matches(format, value)
    ? errors
    : [...errors, regexError(message, format, "*.example.com")];
}

/** Keys of labels and annotations, resource names, finalizers: `name` or `prefix/name`. */
export function isQualifiedName(value: string): string[] {
  const message =
    "must consist of alphanumeric characters, '-', '_' or '.', " +
    "and must start and end with an alphanumeric character";
  const explained = regexError(message, qualifiedPart, "MyName", "my.name", "123-abc");
  const parts = value.split("/");
  if (parts.length > 2) {
    const hint = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    return [`a valid label key ${explained}${hint}`];
  }
  const errors: string[] = [];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    const wrong = prefix === "" ? [emptyError] : subdomainErrors(prefix, maxBytesError);
    errors.push(...wrong.map((text) => `prefix part ${text}`));
  }
  if (name === "") errors.push(`name part ${emptyError}`);
  else if (byteLength(name) > 63) errors.push(`name part ${maxBytesError(63)}`);
  if (!matches(qualifiedPart, name)) errors.push(`name part ${explained}`);
  return errors;
}

export function isLabelValue(value: string): string[] {
  const message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or " +
    "'.', and must start and end with an alphanumeric character";
  const errors = byteLength(value) > 63 ? [maxBytesError(63)] : [];
  if (matches(labelValue, value)) return errors;
  return [...errors, regexError(message, labelValue, "MyValue", "my_value", "12345")];
}

/** Keys of ConfigMaps and Secrets. */
export function isConfigMapKey(value: string): string[] {
  const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : [];
  if (!matches(configMapKey, value)) {
    errors.push(regexError(message, configMapKey, "key.name", "KEY_NAME", "key-name"));
  }
  return [...errors, ...dotErrors(value)];
}

function dotErrors(value: string): string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

export function isEnvironmentVariableName(value: string): string[] {
  const message =
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', " +
    "or '.', and must not start with a digit";
  const errors = matches(environmentName, value)
    ? []
    : [regexError(message, environmentName, "my.env-name", "MY_ENV.NAME", "MyEnvName1")];
  return [...errors, ...dotErrors(value)];
}

/** What pods' environment variables may be called today: printable ASCII without `=`. */
export function isRelaxedEnvironmentVariableName(value: string): string[] {
  if (value === "") return [`environment variable name ${emptyError}`];
  if (/^[ -<>-~]+$/.test(value)) return [];
  return [
    "a valid environment variable name must consist only of printable ASCII characters " +
      "other than '='",
  ];
}

export function isCIdentifier(value: string): string[] {
  const message =
    "a valid C identifier must start with alphabetic character or '_', " +
    "followed by a string of alphanumeric characters or '_'";
  if (matches(cIdentifier, value)) return [];
  return [regexError(message, cIdentifier, "my_name", "MY_NAME", "MyName")];
}

export function isHttpHeaderName(value: string): string[] {
  if (matches(httpHeader, value)) return [];
  const message = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return [regexError(message, httpHeader, "X-Header-Name")];
}

export function isPercentage(value: string): string[] {
  if (matches(percentage, value)) return [];
  const message = "a valid percent string must be a numeric string followed by an ending '%'";
  return [regexError(message, percentage, "1%", "93%")];
}

export function isPortNumber(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : [inclusiveRangeError(1, 65535)];
}

/** Names that services and probes may give instead of a port's number. */
export function isPortName(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) {
    errors.push("must not begin or end with a hyphen");
  }
  return errors;
}

/** What a name in a URL path must not be, for kinds with free names (RBAC). */
export function isPathSegmentName(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((part) => value.includes(part)).map((p) => `may not contain '${p}'`);
}

/** A rule for names applied to generateName too: its last dash stands for what will follow. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}

/** An IPv4 or IPv6 address in any of its forms. */
export function isIpAddress(value: string): string[] {
  if (parseIp(value) !== undefined) return [];
  return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
}

export function isCidr(value: string): string[] {
  if (parseCidr(value) !== undefined) return [];
  return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
}
