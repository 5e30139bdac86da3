/** The first program of a newcomer, in a form that every module system takes. */
export const typedProgram = `
import { ApiError, type Client, Cluster, ClusterError, resources, type types } from "steersman";

export async function main(): Promise<string | undefined> {
  const cluster: Cluster = await Cluster.start({ nodes: 2 });
  try {
    const client: Client = cluster.client;
    const pods = client.resource(resources.pods);
    const pod: types.coreV1.Pod = await pods.create({
      metadata: { name: "web", namespace: "default" },
      spec: { containers: [{ name: "web", image: "registry.local/web:1" }] },
    });
    const missing: unknown = await pods.get("none", { namespace: "default" }).catch((e) => e);
    if (!(missing instanceof ApiError) || missing.code !== 404) throw missing;
    if (missing instanceof ClusterError) throw missing;
    return pod.metadata?.name;
  } finally {
    await cluster.stop();
  }
}

main().then((name) => console.log(\`made \${name}\`));
`;

const body = `
  const cluster = await Cluster.start();
  try {
    const deployments = cluster.client.resource(resources.deployments);
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "b:1" }] } };
    const metadata = { name: "web", namespace: "default" };
    const spec = { replicas: 2, selector: { matchLabels: labels }, template };
    await deployments.create({ metadata, spec });
    const changes = deployments.watch({
      namespace: "default",
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
    });
    for await (const { object } of changes) if (object?.status?.readyReplicas === 2) break;
    const error = await deployments.get("none", { namespace: "default" }).catch((e) => e);
    if (!(error instanceof ApiError && error instanceof Error)) throw error;
  } finally {
    await cluster.stop();
  }
`;

/** A test of a rollout, for frameworks that give it as a global function or as an import. */
export function rolloutTest(load: string, name: "it" | "test"): string {
  return `${load}\n${name}("rolls out", async () => {${body}}, 60_000);\n`;
}

/** The same with mocha, whose time limit is an option. */
export const mochaTest = `
const { ApiError, Cluster, resources } = require("steersman");
it("rolls out", async () => {${body}});
`;
