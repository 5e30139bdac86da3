import { createInterface } from "node:readline";
import type { Node, Service } from "../../../lib/api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import { createLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { cleanUpProxy } from "../../../lib/proxy/cleanUpProxy.js";
import { defaultProxyConfig, type ProxyConfig } from "../../../lib/proxy/proxyConfig.js";
import { ProxyServer } from "../../../lib/proxy/proxyServer.js";
import { StaticInformer } from "./staticInformer.js";

/** One line a command on standard input; one line an answer on standard output, in order. */
type Command =
  | { readonly do: "start"; readonly config: Partial<ProxyConfig>; readonly node: Node }
  | { readonly do: "service"; readonly object: Service }
  | { readonly do: "slice"; readonly object: EndpointSlice }
  | { readonly do: "deleteService" | "deleteSlice"; readonly key: string }
  | { readonly do: "ports" | "stop" | "cleanUp" | "settled" };

const logger = createLogger(nodePlatform, { format: "text", verbosity: 2 });
const services = new StaticInformer<Service>();
const endpointSlices = new StaticInformer<EndpointSlice>();
let server: ProxyServer | undefined;

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case "start": {
      const config = { ...defaultProxyConfig, minSyncPeriodMilliseconds: 1, ...command.config };
      const nodes = new StaticInformer<Node>([command.node]);
      const options = { platform: nodePlatform, logger, config };
      server = new ProxyServer({ ...options, services, endpointSlices, nodes });
      return server.start();
    }
    case "service":
      return services.set(command.object);
    case "slice":
      return endpointSlices.set(command.object);
    case "deleteService":
      return services.delete(command.key);
    case "deleteSlice":
      return endpointSlices.delete(command.key);
    case "ports":
      return server?.ports;
    case "settled":
      return server?.settled();
    case "stop":
      return server?.stop();
    case "cleanUp":
      return cleanUpProxy(nodePlatform, logger);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await run(JSON.parse(line) as Command).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: String(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await server?.stop();
