import type { PlainListenOptions } from "../../apiserver/apiServerOptions.js";
import type { ServerAddresses } from "../../apiserver/serverAddresses.js";
import type { Logger } from "../../platform/logger.js";
import type { FlagValues } from "../flags/flagValues.js";

export interface PlainPorts {
  readonly insecure?: PlainListenOptions;
  readonly insecureRpc?: PlainListenOptions;
}

/** An older flag's alias wins where it is set. */
function aliased(values: FlagValues, flag: string, alias: string): string {
  const value = values.string(flag);
  const other = values.string(alias);
  return values.isSet(alias) ? other : value;
}

/**
 * The ports without TLS and credentials, REST's and gRPC's; --insecure-port=0 turns both off. One
 * that stands on no command line is not worth a failed start where it is taken.
 */
export function plainPorts(values: FlagValues): PlainPorts {
  const restPort = Number(aliased(values, "insecure-port", "port"));
  const rpcPort = values.integer("insecure-grpc-port");
  const address = aliased(values, "insecure-bind-address", "address");
  const allowAnyUser = values.boolean("insecure-port-allow-any-user");
  if (restPort === 0) return {};
  const isRestGiven = values.isSet("insecure-port") || values.isSet("port");
  const insecure = { address, port: restPort, allowAnyUser, optional: !isRestGiven };
  if (rpcPort === 0) return { insecure };
  const optional = !values.isSet("insecure-grpc-port");
  return { insecure, insecureRpc: { address, port: rpcPort, allowAnyUser, optional } };
}

/** One line: what is open without credentials, and to whom. */
export function sayWhoIsServed(
  { insecure, insecureRpc }: ServerAddresses,
  plain: PlainPorts,
  logger: Logger,
): void {
  if (insecure === undefined && insecureRpc === undefined) return;
  const where = {
    ...(insecure ? { rest: insecure } : {}),
    ...(insecureRpc ? { grpc: insecureRpc } : {}),
  };
  if (plain.insecure?.allowAnyUser) {
    logger.warning("Whoever reaches the insecure ports may do everything", where);
  } else {
    logger.info(
      "The insecure ports are open to root and this server's user on this machine, not to pods",
      where,
    );
  }
}
