import type { SecureListenOptions } from "../../apiserver/apiServerOptions.js";
import type { TlsServerOptions } from "../../platform/network.js";
import type { FlagValues } from "../flags/flagValues.js";

export interface SecurePorts {
  readonly secure?: SecureListenOptions;
  readonly secureRpc?: SecureListenOptions;
}

/**
 * The ports with TLS; 0 turns each off. REST's may be shared with other servers; gRPC's has a
 * socket of Node's own, which cannot.
 */
export function securePorts(values: FlagValues, tls: TlsServerOptions): SecurePorts {
  const address = values.string("bind-address") || "0.0.0.0";
  const securePort = values.integer("secure-port");
  const grpcPort = values.integer("grpc-port");
  const sharesPort = values.boolean("permit-port-sharing");
  return {
    ...(securePort === 0 ? {} : { secure: { address, port: securePort, tls, sharesPort } }),
    ...(grpcPort === 0 ? {} : { secureRpc: { address, port: grpcPort, tls } }),
  };
}
