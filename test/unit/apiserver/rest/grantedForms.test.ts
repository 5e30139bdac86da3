import assert from "node:assert/strict";
import { GrantingServer } from "../../../support/apiserver/grantingServer.js";
import {
  type SteadyClient,
  type SteadyResponse,
  steadyHttp1,
  steadyHttp2,
} from "../../../support/apiserver/steadyClient.js";

const protobuf = "application/vnd.kubernetes.protobuf";
const partial = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const accepts = [
  ...["*/*", "application/json", "APPLICATION/JSON", "application/json;charset=utf-8"],
  ...[protobuf, `${protobuf},application/json`, `${protobuf};stream=watch,application/json;q=0.5`],
  ...[`application/json;${partial}`, `${protobuf};${partial}`],
  ...["application/json;pretty=1", "application/yaml", "application/cbor", "text/html"],
];
const items = "/api/v1/namespaces/default";

describe("gets that the listener serves by itself are those of JavaScript, of every kind", () => {
  let server: GrantingServer;
  const paths: string[] = [];
  before(async () => {
    server = await GrantingServer.start("m,m,1,system:masters\n");
    await server.create(`${items}/configmaps`, { metadata: { name: "empty" } });
    const data = { text: "漢字\u2028<>&\u0001" };
    const annotations = { a: "é\"'" };
    await server.create(`${items}/configmaps`, { metadata: { name: "text", annotations }, data });
    const large = { x: "x".repeat(1_000_000) };
    await server.create(`${items}/configmaps`, { metadata: { name: "large" }, data: large });
    await server.create(`${items}/secrets`, { metadata: { name: "s" }, data: { a: "YQ==" } });
    await server.create("/api/v1/nodes", { metadata: { name: "n" } });
    const scaleTargetRef = { kind: "Deployment", name: "d", apiVersion: "apps/v1" };
    const scaled = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    const spec = { maxReplicas: 3, scaleTargetRef };
    await server.create(scaled, { metadata: { name: "h" }, spec });
    for (const { group, version, resource } of server.api.server.registry.all()) {
      const root = group === "" ? "/api/v1" : `/apis/${group}/${version}`;
      const list = (await server.read(`${root}/${resource}`)) as {
        items?: { metadata: { name: string; namespace?: string } }[];
      };
      const few = resource === "configmaps" ? 5 : 1;
      for (const { metadata } of (list.items ?? []).slice(0, few)) {
        const { name, namespace } = metadata;
        const where = namespace === undefined ? "" : `/namespaces/${namespace}`;
        paths.push(`${root}${where}/${resource}/${name}`);
      }
    }
    assert.ok(paths.length > 20);
  });
  after(() => server.stop());

  /** Apart from the time and the audit's id. */
  const sameOf = ({ status, headers, text }: SteadyResponse) => {
    const { "audit-id": _, date: __, ...others } = headers;
    return { status, headers: { ...others }, text };
  };

  const compare = async (client: SteadyClient, headers: Record<string, string>) => {
    let direct = 0;
    for (const path of paths) {
      const first = sameOf(await client.get(path, headers));
      const later = async (): Promise<void> => {
        assert.deepEqual(sameOf(await client.get(path, headers)), first, path);
      };
      await later();
      if (await server.isDirect(later)) direct += 1;
    }
    return direct;
  };

  for (const accept of accepts) {
    it(`as ${accept}`, async () => {
      let direct = 0;
      for (const make of [steadyHttp1, steadyHttp2]) {
        for (const encoding of ["identity", "gzip"]) {
          const client = make({ port: server.port, token: "m" });
          direct += await compare(client, { accept, "accept-encoding": encoding });
          client.close();
        }
      }
      const isNever = /pretty|yaml|cbor|html/.test(accept);
      assert.ok(isNever ? direct === 0 : direct > 60, `${direct} of ${4 * paths.length}`);
    });
  }
});
