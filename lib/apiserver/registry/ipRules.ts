import { formatIp, type IpAddress, isMappedIp, parseIp } from "../../api/ipAddress.js";

export const ipDetail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/** What is wrong with an address, in upstream's words; its spelling is looked at elsewhere. */
export function addressFault(text: string): string | undefined {
  const address = parseIp(text);
  if (address === undefined) {
    const shorter = text.replace(/(^|\.)0+(?=\d)/g, "$1");
    return parseIp(shorter) === undefined ? ipDetail : "must not have leading 0s";
  }
  return isMappedIp(address) ? "must not be an IPv4-mapped IPv6 address" : undefined;
}

/** The one spelling of an address that is written in another. */
export function canonicalSpelling(text: string, address: IpAddress): string | undefined {
  const canonical = formatIp(address);
  return canonical === text ? undefined : canonical;
}
