import type { SecureListenOptions } from "../../apiserver/apiServerOptions.js";
import type { TlsServerOptions } from "../../platform/network.js";
import type { FlagValues } from "../flags/flagValues.js";

export interface SecurePorts {
  readonly secure: SecureListenOptions;
  readonly secureRpc?: SecureListenOptions;
}

/**
 * The ports with TLS; 0 turns gRPC's off. REST's may be shared with other servers; gRPC's has a
 * socket of Node's own, which cannot.
 */
export function securePorts(values: FlagValues, tls: TlsServerOptions): SecurePorts {
  const address = values.string("bind-address") || "0.0.0.0";
  const grpcPort = values.integer("grpc-port");
  const sharesPort = values.boolean("permit-port-sharing");
  return {
    secure: { address, port: values.integer("secure-port"), tls, sharesPort },
    ...(grpcPort === 0 ? {} : { secureRpc: { address, port: grpcPort, tls } }),
  };
}
