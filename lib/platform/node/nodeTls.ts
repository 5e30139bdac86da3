import type * as net from "node:net";
import * as tls from "node:tls";
import type { TlsServerOptions } from "../network.js";

function tlsContextOptions(options: TlsServerOptions): tls.SecureContextOptions {
  return {
    cert: options.certificate,
    key: options.key,
    ...(options.clientCertificateAuthorities ? { ca: options.clientCertificateAuthorities } : {}),
    minVersion: options.minimumVersion ?? "TLSv1.2",
    ...(options.ciphers ? { ciphers: options.ciphers } : {}),
    ...(options.curves ? { ecdhCurve: options.curves } : {}),
  };
}

/**
 * Certificates are asked for when there are authorities; whether they are needed is
 * authentication's business.
 */
export function createTlsServer(options: TlsServerOptions, protocols: string[]): tls.Server {
  const server = tls.createServer({
    ...tlsContextOptions(options),
    requestCert: options.clientCertificateAuthorities !== undefined,
    rejectUnauthorized: false,
    ALPNProtocols: protocols,
    sessionTimeout: 300,
  });
  addServerNames(server, options);
  return server;
}

/** New certificates for new connections. Throws, and changes nothing, where they do not fit. */
export function reloadTlsServer(server: net.Server, options: TlsServerOptions): void {
  if (!(server instanceof tls.Server)) return;
  server.setSecureContext(tlsContextOptions(options));
  addServerNames(server, options);
}

function addServerNames(server: tls.Server, options: TlsServerOptions): void {
  for (const entry of options.byServerName ?? []) {
    for (const name of entry.names) {
      server.addContext(name, tlsContextOptions({ ...options, ...entry }));
    }
  }
}
