/**
 * What names may look like
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
 * Every rule returns what is wrong, in upstream's words; an empty list is a good name.
 */
const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const dns1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValue = `(${qualified})?`;
const configKey = "[-._a-zA-Z0-9]+";
const cIdentifier = "[A-Za-z_][A-Za-z0-9_]*";
const httpHeader = "[-A-Za-z0-9]+";

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const labelPattern = whole(label);
const subdomainPattern = whole(subdomain);
const wildcardPattern = whole(`\\*\\.${subdomain}`);
const dns1035Pattern = whole(dns1035);
const qualifiedPattern = whole(qualified);
const labelValuePattern = whole(labelValue);
const configKeyPattern = whole(configKey);
const cIdentifierPattern = whole(cIdentifier);
const httpHeaderPattern = whole(httpHeader);
const printableAscii = /^[ -<>-~]*$/;

const edges = "must start and end with an alphanumeric character";

function bytes(value: string): number {
  return Buffer.byteLength(value);
}

function tooLong(maximum: number): string {
  return `must be no more than ${maximum} bytes`;
}

function pattern(message: string, expression: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${expression}')`;
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${message} (e.g. ${shown}regex used for validation is '${expression}')`;
}

export function dns1123Label(value: string): string[] {
  const wrong: string[] = [];
  if (bytes(value) > 63) wrong.push(tooLong(63));
  if (labelPattern.test(value)) return wrong;
  if (subdomainPattern.test(value)) return [...wrong, "must not contain dots"];
  const message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters " +
    `or '-', and ${edges}`;
  return [...wrong, pattern(message, label, "my-name", "123-abc")];
}

export function dns1123Subdomain(value: string): string[] {
  const wrong: string[] = [];
  if (bytes(value) > 253) wrong.push(tooLong(253));
  if (subdomainPattern.test(value)) return wrong;
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, " +
    `'-' or '.', and ${edges}`;
  return [...wrong, pattern(message, subdomain, "example.com")];
}

export function wildcardDns1123Subdomain(value: string): string[] {
  if (wildcardPattern.test(value)) return bytes(value) > 253 ? [tooLong(253)] : [];
  const message =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, " +
    "which must consist of lower case alphanumeric characters, '-' or '.' and end with an " +
    "alphanumeric character";
  return [pattern(message, `\\*\\.${subdomain}`, "*.example.com")];
}

export function dns1035Label(value: string): string[] {
  const wrong: string[] = [];
  if (bytes(value) > 63) wrong.push(tooLong(63));
  if (dns1035Pattern.test(value)) return wrong;
  const message =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with " +
    "an alphabetic character, and end with an alphanumeric character";
  return [...wrong, pattern(message, dns1035, "my-name", "abc-123")];
}

export function qualifiedName(value: string): string[] {
  const parts = value.split("/");
  const message = `must consist of alphanumeric characters, '-', '_' or '.', and ${edges}`;
  const examples = ["MyName", "my.name", "123-abc"];
  if (parts.length > 2) {
    const rule = pattern(message, qualified, ...examples);
    const prefix = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    return [`a qualified name ${rule} ${prefix}`];
  }
  const wrong: string[] = [];
  const name = parts.at(-1) ?? "";
  if (parts.length === 2) {
    const prefix = parts[0] ?? "";
    if (prefix === "") wrong.push("prefix part must be non-empty");
    else wrong.push(...dns1123Subdomain(prefix).map((text) => `prefix part ${text}`));
  }
  if (name === "") wrong.push("name part must be non-empty");
  else if (bytes(name) > 63) wrong.push(`name part ${tooLong(63)}`);
  if (!qualifiedPattern.test(name)) {
    wrong.push(`name part ${pattern(message, qualified, ...examples)}`);
  }
  return wrong;
}

export function validLabelValue(value: string): string[] {
  const wrong: string[] = [];
  if (bytes(value) > 63) wrong.push(tooLong(63));
  if (labelValuePattern.test(value)) return wrong;
  const message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' " +
    `or '.', and ${edges}`;
  return [...wrong, pattern(message, labelValue, "MyValue", "my_value", "12345")];
}

function directoryPrefix(value: string): string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

export function configMapKey(value: string): string[] {
  const wrong: string[] = [];
  if (bytes(value) > 253) wrong.push(tooLong(253));
  if (!configKeyPattern.test(value)) {
    const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    wrong.push(pattern(message, configKey, "key.name", "KEY_NAME", "key-name"));
  } else wrong.push(...directoryPrefix(value));
  return wrong;
}

export function environmentVariableName(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  if (printableAscii.test(value)) return [];
  return [
    "a valid environment variable name must consist only of printable ASCII characters " +
      "other than '='",
  ];
}

export function cIdentifierName(value: string): string[] {
  if (cIdentifierPattern.test(value)) return [];
  const message =
    "a valid C identifier must start with alphabetic character or '_', followed by a string " +
    "of alphanumeric characters or '_'";
  return [pattern(message, cIdentifier, "my_name", "MY_NAME", "MyName")];
}

export function httpHeaderName(value: string): string[] {
  if (httpHeaderPattern.test(value)) return [];
  const message = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return [pattern(message, httpHeader, "X-Header-Name")];
}

export function portNumber(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

export function portName(value: string): string[] {
  const wrong: string[] = [];
  if (bytes(value) > 15) wrong.push(tooLong(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) wrong.push("must contain at least one letter (a-z)");
  if (value.includes("--")) wrong.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) {
    wrong.push("must not begin or end with a hyphen");
  }
  return wrong;
}

/** The least that any name must be, because it stands in a URL. */
export function pathSegmentName(name: string, prefix: boolean): string[] {
  const wrong: string[] = [];
  if (!prefix && (name === "." || name === "..")) return [`may not be '${name}'`];
  for (const part of ["/", "%"]) if (name.includes(part)) wrong.push(`may not contain '${part}'`);
  return wrong;
}

/** generateName is a prefix: what ends in `-` is judged as if a letter followed. */
function asPrefix(name: string, prefix: boolean): string {
  return prefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}

export type NameRule = (name: string, prefix: boolean) => string[];

export const nameIsDns1123Subdomain: NameRule = (name, prefix) =>
  dns1123Subdomain(asPrefix(name, prefix));
export const nameIsDns1123Label: NameRule = (name, prefix) => dns1123Label(asPrefix(name, prefix));
export const nameIsDns1035Label: NameRule = (name, prefix) => dns1035Label(asPrefix(name, prefix));
