import { parseIp } from "../../api/ipAddress.js";
import type { PeerAddress } from "../../apiserver/bootstrap/serverIdentity.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";

/**
 * Where other API servers send requests for kinds that they do not serve themselves: what both
 * flags say, else where this server is advertised. Nowhere where that is this machine alone.
 */
export function peerAddress(
  values: FlagValues,
  advertised: string | undefined,
): { peerAddress?: PeerAddress } {
  const [ip, port] = [values.string("peer-advertise-ip"), values.string("peer-advertise-port")];
  if (ip !== "" && parseIp(ip) === undefined)
    throw new FlagError(`--peer-advertise-ip: ${JSON.stringify(ip)} is no IP address`);
  if (port !== "" && !isPort(port))
    throw new FlagError(`--peer-advertise-port: ${JSON.stringify(port)} is no port`);
  if ((ip === "") !== (port === "")) {
    throw new FlagError("--peer-advertise-ip and --peer-advertise-port belong together");
  }
  if (ip !== "") return { peerAddress: { ip, port: Number(port) } };
  const securePort = values.integer("secure-port");
  return advertised === undefined || isLoopback(advertised)
    ? {}
    : { peerAddress: { ip: advertised, port: securePort } };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
