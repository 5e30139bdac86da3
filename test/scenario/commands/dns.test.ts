import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { DnsAddress } from "../../../lib/dns/dnsAddress.js";
import { ClusterProcess } from "../../support/clients/clusterProcess.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { CommandProcess, runCommand } from "../../support/commands/commandProcess.js";
import { UdpClient } from "../../support/dns/dnsClient.js";

const loopback = "127.0.0.1:0";

/** Where its log says that it serves. */
function addressOf(command: CommandProcess, what: string): DnsAddress {
  const found = new RegExp(`${what}" host="([^"]+)" port=(\\d+)`).exec(command.error);
  assert.ok(found, command.error);
  return { host: found[1] ?? "", port: Number(found[2]) };
}

describe("steersman dns", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  after(() => folder.remove());

  it("serves a cluster's names, health and metrics, and ends cleanly", async () => {
    const cluster = await ClusterProcess.start({ nodes: 0 });
    const { kubeconfig } = cluster;
    const ports = ["--listen-address", loopback, "--http-address", loopback];
    const command = new CommandProcess("steersman", [
      ...["dns", "--kubeconfig", kubeconfig, "--forward", "none", "--ttl", "7", ...ports],
    ]);
    let client: UdpClient | undefined;
    try {
      await command.says(/Every object is known/);
      client = await UdpClient.open(addressOf(command, "Serving DNS"));
      const name = "kubernetes.default.svc.cluster.local";
      const { answers } = await client.ask(name, "A");
      assert.deepEqual(answers, [{ name, type: "A", ttl: 7, data: "10.96.0.1" }]);
      const { host, port } = addressOf(command, "Serving health and metrics");
      const get = async (path: string): Promise<[number, string]> => {
        const response = await fetch(`http://${host}:${port}${path}`);
        return [response.status, await response.text()];
      };
      for (const path of ["/healthz", "/livez", "/readyz"]) {
        assert.deepEqual(await get(path), [200, "ok"]);
      }
      const [, metrics] = await get("/metrics");
      assert.match(
        metrics,
        /^coredns_dns_requests_total\{.*zone="cluster\.local\.".*proto="udp",family="1",type="A"\} 1$/m,
      );
      assert.match(metrics, /^coredns_dns_responses_total\{.*rcode="NOERROR".*\} 1$/m);
      assert.match(metrics, /^coredns_dns_request_duration_seconds_count\{.*\} 1$/m);
      assert.match(metrics, /^process_resident_memory_bytes \d/m);
      assert.equal((await get("/other"))[0], 404);
      // Known names outlive the API server.
      await cluster.stop();
      assert.equal((await client.ask(name, "A")).answers.length, 1);
      command.kill("SIGTERM");
      assert.equal((await command.ended).code, 0);
    } finally {
      client?.close();
      await command.close();
      await cluster.stop();
    }
  });

  it("is not ready while there is no API server, and fails queries meanwhile", async () => {
    const kubeconfig = join(folder.path, "kubeconfig");
    writeFileSync(kubeconfig, kubeconfigOf("http://127.0.0.1:1"));
    const ports = ["--listen-address", loopback, "--http-address", loopback];
    const command = new CommandProcess("steersman", [
      ...["dns", "--kubeconfig", kubeconfig, "--forward", "none", ...ports],
    ]);
    let client: UdpClient | undefined;
    try {
      await command.says(/Serving health/);
      client = await UdpClient.open(addressOf(command, "Serving DNS"));
      const { code } = await client.ask("kubernetes.default.svc.cluster.local", "A");
      assert.equal(code, "SERVFAIL");
      const { host, port } = addressOf(command, "Serving health and metrics");
      assert.equal((await fetch(`http://${host}:${port}/readyz`)).status, 503);
      assert.equal((await fetch(`http://${host}:${port}/healthz`)).status, 200);
      command.kill("SIGTERM");
      assert.equal((await command.ended).code, 0);
    } finally {
      client?.close();
      await command.close();
    }
  });

  const kubeconfigOf = (server: string): string =>
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "a" },
      clusters: [{ name: "a", cluster: { server } }],
      users: [{ name: "a", user: {} }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    });

  async function refusal(...args: string[]): Promise<string> {
    const ended = await runCommand("steersman", ["dns", ...args]);
    assert.equal(ended.code, 1, ended.error);
    const lines = ended.error.split("\n").filter((line) => line.startsWith("Error: "));
    assert.equal(lines.length, 1, ended.error);
    assert.doesNotMatch(ended.error, /\n {4}at /);
    return lines[0] ?? "";
  }

  it("refuses what cannot be with one line that says where", async () => {
    const none = join(folder.path, "none");
    assert.match(await refusal("--kubeconfig", none), new RegExp(none));
    assert.match(await refusal("--listen-address", "nowhere"), /--listen-address: "nowhere"/);
    assert.match(await refusal("--listen-address", "1.2.3.4:99999"), /--listen-address/);
    assert.match(await refusal("--forward", "1.1.1.1,x"), /--forward: "x"/);
    assert.match(await refusal("--cluster-domain", "a..b"), /--cluster-domain: "a\.\.b"/);
    assert.match(await refusal("--ttl", "-1"), /--ttl: "-1"/);
    assert.match(await refusal("--http-address", "x"), /--http-address: "x"/);
  });

  it("names a port in use, of either protocol, and an address of elsewhere", async () => {
    const kubeconfig = join(folder.path, "kubeconfig-ports");
    writeFileSync(kubeconfig, kubeconfigOf("http://127.0.0.1:1"));
    const listen = (address: string, ...more: string[]): Promise<string> =>
      refusal("--kubeconfig", kubeconfig, "--listen-address", address, ...more);
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
    const tcp = createServer();
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    try {
      const udpPort = udp.address().port;
      const tcpPort = (tcp.address() as { port: number }).port;
      const inUse = /--listen-address: 127\.0\.0\.1:\d+ \((UDP|TCP)\): the port is in use/;
      assert.match(await listen(`127.0.0.1:${udpPort}`), inUse);
      assert.match(await listen(`127.0.0.1:${tcpPort}`), inUse);
      assert.match(await listen("192.0.2.1:5353"), /does not have the address/);
      const http = await listen(loopback, "--http-address", `127.0.0.1:${tcpPort}`);
      assert.match(http, /--http-address: 127\.0\.0\.1:\d+: the port is in use/);
    } finally {
      udp.close();
      tcp.close();
    }
  });
});
