import { nativeCodec } from "../../lib/api/nativeCodec.js";
import type { Client } from "../../lib/client/client.js";
import { configOf, loadClientConfig } from "../../lib/client/config/clientConfig.js";
import type { Credentials } from "../../lib/client/config/credentials.js";
import { connectClient } from "../../lib/client/connectClient.js";
import { resources } from "../../lib/index.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import type { ServerProcess } from "./serverProcess.js";

export type Transport = "REST JSON" | "REST protobuf" | "gRPC";
export const transports: readonly Transport[] = ["REST JSON", "REST protobuf", "gRPC"];

const namespace = "default";
const name = "bench";

export function connect(credentials: Credentials, transport: Transport): Promise<Client> {
  return connectClient({
    platform: nodePlatform,
    codec: nativeCodec,
    credentials,
    transport: transport === "gRPC" ? "auto" : "rest",
    contentType: transport === "REST protobuf" ? "protobuf" : "json",
  });
}

/** Who started the server, a member of system:masters. */
export function adminOf(server: ServerProcess): Credentials {
  return loadClientConfig(nodePlatform, { kubeconfig: server.kubeconfig() }).credentials;
}

/** An ordinary user: a service account whose token was asked for and whose role RBAC looks up. */
export async function benchUser(server: ServerProcess): Promise<Credentials> {
  const admin = adminOf(server);
  const client = await connect(admin, "REST JSON");
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
  const rules = [
    { apiGroups: [""], resources: ["pods", "configmaps"], verbs: ["*"] },
    { apiGroups: [""], resources: ["nodes", "nodes/status"], verbs: ["*"] },
  ];
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  await client.resource(resources.serviceaccounts).create({ metadata: { name, namespace } });
  await client.resource(resources.clusterroles).create({ metadata: { name }, rules });
  await client
    .resource(resources.clusterrolebindings)
    .create({ metadata: { name }, roleRef, subjects });
  const { status } = await client
    .resource(resources.serviceaccounts)
    .createToken(name, { spec: { audiences: [] } }, { namespace });
  client.close();
  const { certificateAuthorities } = admin.tls ?? {};
  if (certificateAuthorities === undefined) throw new Error("the server speaks no TLS");
  return configOf(nodePlatform, {
    server: admin.server,
    tls: { certificateAuthorities },
    token: status?.token ?? "",
  }).credentials;
}
