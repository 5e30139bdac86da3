import {
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isDns1123SubdomainWithUnderscore,
  isHttpHeaderName,
  isLabelValue,
  isPathSegmentName,
  isPortName,
  isPortNumber,
  isQualifiedName,
  isRelaxedEnvironmentVariableName,
  isWildcardDns1123Subdomain,
  maskTrailingDash,
} from "../../api/names.js";

/** Upstream's rules by the short names that the kinds' files use. */
export const configMapKey = isConfigMapKey;
export const dns1035Label = isDns1035Label;
export const dns1123Label = isDns1123Label;
export const dns1123Subdomain = isDns1123Subdomain;
export const dns1123SubdomainWithUnderscore = isDns1123SubdomainWithUnderscore;
export const environmentVariableName = isRelaxedEnvironmentVariableName;
export const httpHeaderName = isHttpHeaderName;
export const portName = isPortName;
export const portNumber = isPortNumber;
export const qualifiedName = isQualifiedName;
export const validLabelValue = isLabelValue;
export const wildcardDns1123Subdomain = isWildcardDns1123Subdomain;

/**
 * A kind's rule for its name; `prefix` says that the name is a generateName. Returns what is wrong.
 */
export type NameRule = (name: string, prefix: boolean) => string[];

const masked = (name: string, prefix: boolean): string => (prefix ? maskTrailingDash(name) : name);

export const nameIsDns1123Subdomain: NameRule = (name, prefix) =>
  isDns1123Subdomain(masked(name, prefix));
export const nameIsDns1123Label: NameRule = (name, prefix) => isDns1123Label(masked(name, prefix));
export const nameIsDns1035Label: NameRule = (name, prefix) => isDns1035Label(masked(name, prefix));
/** For kinds with free names (RBAC): only what a URL needs. */
export const nameIsPathSegment: NameRule = (name) => isPathSegmentName(name);
