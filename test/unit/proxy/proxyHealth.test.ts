import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";
import { ProxyHealth } from "../../../lib/proxy/health/proxyHealth.js";
import {
  healthRoutes,
  ProxyHttpServer,
  splitBindAddress,
} from "../../../lib/proxy/health/proxyHttpServer.js";
import {
  ServiceHealthServer,
  serviceHealthBody,
} from "../../../lib/proxy/health/serviceHealthServer.js";
import { createProxyMetrics } from "../../../lib/proxy/proxyMetrics.js";
import { testNode } from "../../support/proxy/proxyObjects.js";

async function get(url: string): Promise<{ status: number; text: string; headers: object }> {
  const client = nodePlatform.network.httpClient();
  try {
    const answer = await client.call({ url });
    const text = Buffer.from(await answer.readAll()).toString();
    return { status: answer.status, text, headers: answer.headers };
  } finally {
    client.close();
  }
}

describe("ProxyHealth", () => {
  it("is unhealthy when a change waits longer than the timeout", () => {
    const clock = new VirtualClock();
    const health = new ProxyHealth(clock, 60_000);
    assert.equal(health.isHealthy(), true, "while it starts");
    health.updated("IPv4");
    health.updated("IPv6");
    health.queued("IPv6");
    assert.equal(health.isHealthy(), true);
    return clock.advance(60_000).then(() => {
      health.queued("IPv6");
      assert.equal(health.isHealthy(), false);
      assert.deepEqual(health.report(false), {
        lastUpdated: "2026-01-01T00:00:00.000Z",
        currentTime: "2026-01-01T00:01:00.000Z",
        healthy: false,
        status: {
          IPv4: { lastUpdated: "2026-01-01T00:00:00.000Z", healthy: true },
          IPv6: { lastUpdated: "2026-01-01T00:00:00.000Z", healthy: false },
        },
      });
      health.updated("IPv6");
      assert.equal(health.isHealthy(), true);
    });
  });

  it("answers 503 on /healthz, but not on /livez, while the node is on its way out", async () => {
    const clock = new VirtualClock();
    const health = new ProxyHealth(clock, 60_000);
    health.updated("IPv4");
    const metrics = createProxyMetrics(new MetricsRegistry());
    const server = await ProxyHttpServer.start({
      ...{ platform: nodePlatform, logger: silentLogger, name: "healthz", hardFail: true },
      ...{ bindAddress: "127.0.0.1:0", routes: healthRoutes(health, metrics) },
    });
    try {
      const ask = (path: string) => get(`http://127.0.0.1:${server.port}${path}`);
      health.node = testNode;
      assert.equal((await ask("/healthz")).status, 200);
      const taints = [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" as const }];
      health.node = { ...testNode, spec: { taints } };
      const answer = await ask("/healthz");
      assert.equal(answer.status, 503);
      assert.equal(JSON.parse(answer.text).nodeEligible, false);
      assert.equal((await ask("/livez")).status, 200);
      assert.equal((await ask("/other")).status, 404);
      const deletionTimestamp = "2026-01-01T00:00:00Z";
      health.node = { ...testNode, metadata: { ...testNode.metadata, deletionTimestamp } };
      assert.equal(health.nodeEligible, false);
    } finally {
      await server.close();
    }
  });

  it("rejects a taken port only when told to", async () => {
    const options = {
      ...{ platform: nodePlatform, logger: silentLogger, name: "healthz", hardFail: true },
      routes: new Map(),
    };
    const first = await ProxyHttpServer.start({ ...options, bindAddress: "127.0.0.1:0" });
    const bindAddress = `127.0.0.1:${first.port}`;
    await assert.rejects(
      ProxyHttpServer.start({ ...options, bindAddress }),
      /cannot serve healthz/,
    );
    const clock = new VirtualClock();
    const platform = { ...nodePlatform, clock };
    const soft = { ...options, platform, hardFail: false, bindAddress };
    const second = await ProxyHttpServer.start(soft);
    assert.equal(second.port, 0);
    await first.close();
    await second.close();
  });
});

describe("ServiceHealthServer", () => {
  it("has the body that load balancers read", () => {
    const check = { service: "test/web", nodePort: 31080, localEndpoints: 2 };
    const tab = "\t";
    assert.equal(
      serviceHealthBody(check, true),
      `{\n${tab}"service": {\n${tab}${tab}"namespace": "test",\n${tab}${tab}"name": "web"\n${tab}},\n` +
        `${tab}"localEndpoints": 2,\n${tab}"serviceProxyHealthy": true\n}`,
    );
  });

  it("opens, changes and closes its ports", async () => {
    const probe = await nodePlatform.network.listenHttp({
      ...{ address: "127.0.0.1", port: 0, onRequest: () => undefined },
    });
    const nodePort = probe.port;
    await probe.close(0);
    let healthy = true;
    const server = new ServiceHealthServer({
      ...{ platform: nodePlatform, logger: silentLogger },
      isProxyHealthy: () => healthy,
      addresses: () => ["127.0.0.1"],
    });
    const url = `http://127.0.0.1:${nodePort}/`;
    await server.sync([{ service: "test/web", nodePort, localEndpoints: 1 }]);
    const answer = await get(url);
    assert.equal(answer.status, 200);
    assert.deepEqual(
      (answer.headers as Record<string, string>)["x-load-balancing-endpoint-weight"],
      "1",
    );
    await server.sync([{ service: "test/web", nodePort, localEndpoints: 0 }]);
    assert.equal((await get(url)).status, 503);
    await server.sync([{ service: "test/web", nodePort, localEndpoints: 3 }]);
    healthy = false;
    assert.equal((await get(url)).status, 503);
    await server.close();
    await assert.rejects(get(url));
  });
});

describe("splitBindAddress", () => {
  it("reads what kube-proxy's flags may hold", () => {
    assert.deepEqual(splitBindAddress("0.0.0.0:10256"), { address: "0.0.0.0", port: 10256 });
    assert.deepEqual(splitBindAddress("[::1]:0"), { address: "::1", port: 0 });
    assert.deepEqual(splitBindAddress(":10256"), { address: "0.0.0.0", port: 10256 });
    for (const text of ["10256", "127.0.0.1:70000", "127.0.0.1:x"]) {
      assert.throws(() => splitBindAddress(text), text);
    }
  });
});
