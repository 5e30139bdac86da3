import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RestCaller } from "../apiserver/restCaller.js";
import { CommandProcess, freePorts } from "./commandProcess.js";

/** A folder that goes with the test. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "steersman-command-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The flags of a server on loopback with ports of its own. */
export async function apiserverFlags(dataDirectory: string): Promise<{
  flags: string[];
  insecurePort: number;
  securePort: number;
}> {
  const ports = await freePorts(4);
  const [insecurePort = 0, securePort = 0, grpcPort = 0, insecureGrpcPort = 0] = ports;
  return {
    flags: [
      "--bind-address=127.0.0.1",
      `--data-dir=${dataDirectory}`,
      `--insecure-port=${insecurePort}`,
      `--secure-port=${securePort}`,
      `--grpc-port=${grpcPort}`,
      `--insecure-grpc-port=${insecureGrpcPort}`,
      "--service-cluster-ip-range=10.10.0.0/16",
    ],
    insecurePort,
    securePort,
  };
}

export class ApiserverProcess extends CommandProcess {
  readonly plain: RestCaller;

  constructor(
    flags: readonly string[],
    readonly insecurePort: number,
    readonly securePort: number,
    environment: NodeJS.ProcessEnv = {},
  ) {
    super("kube-apiserver", flags, environment);
    this.plain = new RestCaller(`http://127.0.0.1:${insecurePort}`);
  }

  static async start(
    dataDirectory: string,
    more: readonly string[] = [],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<ApiserverProcess> {
    const { flags, insecurePort, securePort } = await apiserverFlags(dataDirectory);
    const all = [...flags, ...more];
    const server = new ApiserverProcess(all, insecurePort, securePort, environment);
    try {
      await server.says(/The API server is ready/);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  override async close(): Promise<void> {
    this.plain.close();
    await super.close();
  }
}
