import assert from "node:assert/strict";
import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import type { Client } from "../../../lib/client/client.js";
import { MutableCredentials } from "../../../lib/client/config/credentials.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";
import { defaultProxyConfig, type ProxyConfig } from "../../../lib/proxy/proxyConfig.js";
import { proxyInformers } from "../../../lib/proxy/proxyInformers.js";
import { ProxyServer } from "../../../lib/proxy/proxyServer.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { FakeIptables } from "../../support/proxy/fakeIptables.js";
import { testNode, testService, testSlice } from "../../support/proxy/proxyObjects.js";

describe("ProxyServer on an API server", () => {
  let api: TestApiServer;
  let client: Client;
  let kernel: FakeIptables;
  let abort: AbortController;
  let factory: SharedInformerFactory;
  let proxy: ProxyServer;

  beforeEach(async () => {
    api = await startTestApiServer();
    const credentials = new MutableCredentials(nodePlatform, { server: api.url });
    client = await connectClient({ platform: nodePlatform, codec: nativeCodec, credentials });
    kernel = new FakeIptables();
    abort = new AbortController();
    factory = new SharedInformerFactory({ client, platform: nodePlatform });
    const metadata = { name: "test" };
    await client.resource(coreV1.namespaces).create({ metadata });
  });

  afterEach(async () => {
    await proxy?.stop();
    abort.abort();
    await factory.stopped();
    client.close();
    await api.stop();
  });

  /** Kernel settings are not the test's to change. */
  const files = {
    ...nodePlatform.files,
    readText: () => Promise.reject(new Error("ENOENT")),
    writeFile: () => Promise.reject(new Error("EACCES")),
  };

  function start(config: Partial<ProxyConfig> = {}): Promise<void> {
    const platform: Platform = { ...nodePlatform, files, processes: kernel };
    proxy = new ProxyServer({
      ...{ platform, logger: silentLogger, ...proxyInformers(factory, "node") },
      config: {
        ...{ ...defaultProxyConfig, nodeName: "node", minSyncPeriodMilliseconds: 1 },
        ...{ healthzBindAddress: "127.0.0.1:0", metricsBindAddress: "", ...config },
      },
    });
    factory.start(abort.signal);
    return proxy.start();
  }

  /** Waits for the rules to match; every change of them is looked at. */
  async function until(matches: (rules: string) => boolean): Promise<void> {
    while (!matches(kernel.tables.save()) && !abort.signal.aborted) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  it("writes rules for services, and not for headless or others' ones", async () => {
    const services = client.resource(coreV1.services);
    const slices = client.resource(discoveryV1.endpointslices);
    await client.resource(coreV1.nodes).create(testNode);
    await services.create(testService("web", "10.0.0.10"));
    const labels = { "service.kubernetes.io/service-proxy-name": "other" };
    const others = testService("others", "10.0.0.11");
    await services.create({ ...others, metadata: { ...others.metadata, labels } });
    await services.create(testService("headless", "None"));
    await slices.create(testSlice("web", [{ address: "10.20.0.2" }]));
    await start();
    const rules = kernel.tables.save();
    assert.match(rules, /-A KUBE-SERVICES .*"test\/web:tcp cluster IP"/);
    assert.match(rules, /--to-destination 10\.20\.0\.2:8080/);
    assert.doesNotMatch(rules, /test\/others|test\/headless/);

    await slices.update(testSlice("web", [{ address: "10.20.0.3" }]));
    await until((text) => text.includes("--to-destination 10.20.0.3:8080"));
    await services.delete("web", { namespace: "test" });
    await until((text) => !text.includes("test/web"));
  });

  it("waits for the node's range when that tells pods from others", async () => {
    const nodes = client.resource(coreV1.nodes);
    await nodes.create({ metadata: { name: "node" } });
    await client.resource(coreV1.services).create(testService("web", "10.0.0.10"));
    const slice = testSlice("web", [{ address: "10.20.0.2" }]);
    await client.resource(discoveryV1.endpointslices).create(slice);
    const started = start({ detectLocalMode: "NodeCIDR" });
    const spec = { podCIDR: "10.20.7.0/24", podCIDRs: ["10.20.7.0/24"] };
    await nodes.patch("node", { type: "merge", body: { spec } });
    await started;
    assert.match(kernel.tables.save(), /! -s 10\.20\.7\.0\/24 -j KUBE-MARK-MASQ/);
  });

  it("serves node ports on the node's primary address, also when that changes", async () => {
    const nodes = client.resource(coreV1.nodes);
    await nodes.create(testNode);
    await nodes.updateStatus(testNode);
    await start({ nodePortAddresses: ["primary"] });
    const jump = (address: string) => `-d ${address} -j KUBE-NODEPORTS`;
    assert.ok(kernel.tables.save().includes(jump("192.168.77.1")));
    const addresses = [{ type: "InternalIP", address: "192.168.77.9" }];
    await nodes.updateStatus({ ...testNode, status: { addresses } });
    await until((text) => text.includes(jump("192.168.77.9")));
    assert.ok(!kernel.tables.save().includes(jump("192.168.77.1")));
  });
});
