import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DnsAddress } from "../../../lib/dns/dnsAddress.js";
import { buildGoProgram } from "../clients/goProgram.js";
import { UdpClient } from "./dnsClient.js";

/** CoreDNS of its published module. Throws where it cannot be built. */
export function builtCoredns(): string {
  return buildGoProgram({
    name: "coredns",
    folder: "test/interop/dns/coredns",
    module: "github.com/coredns/coredns",
  });
}

/**
 * kubeadm's Corefile as far as answers depend on it, on loopback; without its cache, which is off
 * for the cluster's domain and makes one TTL of all that a response has.
 */
function corefile(port: number, kubeconfig: string, upstream: DnsAddress | undefined): string {
  return `.:${port} {
  bind 127.0.0.1
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 30
  }
  prometheus 127.0.0.1:0
  ${upstream ? `forward . ${upstream.host}:${upstream.port}` : ""}
  loadbalance
}
`;
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** A CoreDNS process that serves a cluster on loopback. */
export class Coredns {
  readonly #folder = mkdtempSync(join(tmpdir(), "steersman-coredns-"));
  readonly #child: ChildProcess;
  #output = "";

  private constructor(
    program: string,
    readonly address: DnsAddress,
    kubeconfig: string,
    upstream: DnsAddress | undefined,
  ) {
    const file = join(this.#folder, "Corefile");
    writeFileSync(file, corefile(address.port, kubeconfig, upstream));
    this.#child = spawn(program, ["-conf", file], { stdio: ["ignore", "pipe", "pipe"] });
    const take = (part: Buffer): void => {
      this.#output += part.toString();
    };
    this.#child.stdout?.on("data", take);
    this.#child.stderr?.on("data", take);
  }

  /** Resolves when it answers for the cluster. */
  static async start(program: string, kubeconfig: string, upstream?: DnsAddress): Promise<Coredns> {
    const address = { host: "127.0.0.1", port: await freePort() };
    const coredns = new Coredns(program, address, kubeconfig, upstream);
    const client = await UdpClient.open(address);
    try {
      for (let tries = 0; ; tries++) {
        const found = await client
          .ask("kubernetes.default.svc.cluster.local", "A", {}, 500)
          .catch(() => undefined);
        if (found?.code === "NOERROR" && found.answers.length > 0) return coredns;
        const { exitCode } = coredns.#child;
        if (exitCode !== null || tries > 240) throw new Error(`CoreDNS: ${coredns.#output}`);
      }
    } catch (error) {
      await coredns.stop();
      throw error;
    } finally {
      client.close();
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
