import assert from "node:assert/strict";
import { encodeMessage } from "../../lib/api/messageCodec.js";
import { dynamicPath } from "../../lib/api/rpcMethods.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import type { RpcChannel, RpcMetadata } from "../../lib/platform/rpc.js";
import { RestCaller } from "../support/apiserver/restCaller.js";
import { startTestApiServer, type TestApiServer } from "../support/apiserver/testApiServer.js";

interface Written {
  readonly code: string;
  readonly warnings: readonly string[];
}

/** One way to write: each answers with the texts of its warnings. */
interface Writer {
  create(plural: string, group: string, object: object, dryRun?: boolean): Promise<Written>;
  patch(plural: string, group: string, name: string, patch: object): Promise<Written>;
}

const json = (object: object): Uint8Array => Buffer.from(JSON.stringify(object));

function textsOf(header: string | readonly string[] | undefined): string[] {
  const values = typeof header === "string" ? [header] : (header ?? []);
  return values.flatMap((value) =>
    [...value.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) =>
      (match[1] ?? "").replaceAll('\\"', '"'),
    ),
  );
}

function restWriter(rest: RestCaller): Writer {
  const pathOf = (group: string, plural: string): string =>
    group === "" ? `/api/v1/namespaces/default/${plural}` : `/apis/${group}/v1/${plural}`;
  return {
    create: async (plural, group, body, dryRun = false) => {
      const path = `${pathOf(group, plural)}${dryRun ? "?dryRun=All" : ""}`;
      const { status, headers } = await rest.call(path, { method: "POST", body });
      return { code: String(status), warnings: textsOf(headers.warning) };
    },
    patch: async (plural, group, name, body) => {
      const { status, headers } = await rest.call(`${pathOf(group, plural)}/${name}`, {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body,
      });
      return { code: String(status), warnings: textsOf(headers.warning) };
    },
  };
}

function rpcWriter(channel: RpcChannel): Writer {
  const call = async (verb: "create" | "patch", bytes: Uint8Array): Promise<Written> => {
    let metadata: RpcMetadata = {};
    await channel.unary(dynamicPath(verb), bytes, {
      onInitialMetadata: (given) => {
        metadata = given;
      },
    });
    const { warning } = metadata;
    const texts = textsOf(typeof warning === "string" ? warning : undefined);
    return { code: verb === "create" ? "201" : "200", warnings: texts };
  };
  const resourceOf = (group: string, resource: string) => ({ group, version: "v1", resource });
  const namespaceOf = (group: string) => (group === "" ? { namespace: "default" } : {});
  return {
    create: (plural, group, object, dryRun = false) =>
      call(
        "create",
        encodeMessage("CreateRequest", {
          resource: resourceOf(group, plural),
          ...namespaceOf(group),
          object: json(object),
          mediaType: "application/json",
          accept: "application/json",
          ...(dryRun ? { options: { dryRun: ["All"] } } : {}),
        }),
      ),
    patch: (plural, group, name, patch) =>
      call(
        "patch",
        encodeMessage("PatchRequest", {
          resource: resourceOf(group, plural),
          ...namespaceOf(group),
          name,
          patch: json(patch),
          patchType: "application/merge-patch+json",
          accept: "application/json",
        }),
      ),
  };
}

const admission = "admissionregistration.k8s.io";
const policy = (name: string) => ({
  apiVersion: `${admission}/v1`,
  kind: "ValidatingAdmissionPolicy",
  metadata: { name },
  spec: {
    validations: [{ expression: "false" }],
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] },
      ],
    },
  },
});
const pod = (name: string, spec: object) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

const start: Readonly<Record<string, (server: TestApiServer) => [Writer, () => void]>> = {
  REST: ({ url }) => {
    const rest = new RestCaller(url);
    return [restWriter(rest), () => rest.close()];
  },
  gRPC: ({ server }) => {
    const target = `127.0.0.1:${server.addresses.insecureRpc?.port}`;
    const channel = nodePlatform.network.rpcChannel({ target });
    return [rpcWriter(channel), () => channel.close()];
  },
  "in process": ({ server }) => {
    const channel = server.channel();
    return [rpcWriter(channel), () => channel.close()];
  },
};

for (const [name, connect] of Object.entries(start)) {
  describe(`warnings of what has no effect yet, ${name}`, () => {
    let server: TestApiServer;
    let writer: Writer;
    let close: () => void;

    before(async () => {
      server = await startTestApiServer({ insecureRpc: { address: "127.0.0.1", port: 0 } });
      await server.server.objects.create("", "serviceaccounts", "default", {
        metadata: { name: "default" },
      });
      [writer, close] = connect(server);
    });

    after(async () => {
      close();
      await server.stop();
    });

    it("are given for a kind, on create, dry run and patch", async () => {
      const expected = /^ValidatingAdmissionPolicy: has no effect yet: /;
      const plural = "validatingadmissionpolicies";
      const tried = await writer.create(plural, admission, policy("deny"), true);
      const made = await writer.create(plural, admission, policy("deny"));
      const patch = { metadata: { labels: { a: "b" } } };
      const patched = await writer.patch(plural, admission, "deny", patch);
      for (const { warnings } of [tried, made, patched]) {
        assert.equal(warnings.length, 1);
        assert.match(warnings[0] ?? "", expected);
      }
    });

    it("are given for a field, once for each path", async () => {
      const volumes = [{ name: "v", nfs: { server: "s", path: "/p" } }];
      const spec = { hostUsers: false, runtimeClassName: "", volumes };
      const { code, warnings } = await writer.create("pods", "", pod("fields", spec));
      assert.equal(code, "201");
      assert.deepEqual(
        warnings.map((text) => text.replace(/:.*/, "")),
        ["spec.volumes[0].nfs", "spec.hostUsers"],
      );
    });

    it("are not given for what stays as it was, nor where all has its effect", async () => {
      const made = await writer.create("pods", "", pod("works", {}));
      assert.deepEqual(made.warnings, []);
      await writer.create("pods", "", pod("stays", { hostUsers: false }));
      const patch = { metadata: { labels: { a: "b" } } };
      assert.deepEqual((await writer.patch("pods", "", "stays", patch)).warnings, []);
    });

    it("are given where an update sets the field", async () => {
      const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s" },
        spec: { ports: [{ port: 80 }] },
      };
      await writer.create("services", "", service);
      const { warnings } = await writer.patch("services", "", "s", {
        spec: { type: "LoadBalancer" },
      });
      assert.match(warnings.join(), /^spec\.type: has no effect yet: /);
    });
  });
}

describe("a subresource that is not carried out", () => {
  it("is refused with the reason, whoever writes it, and can be read", async () => {
    const server = await startTestApiServer();
    const rest = new RestCaller(server.url);
    try {
      const accounts = server.server.objects;
      await accounts.create("", "serviceaccounts", "default", { metadata: { name: "default" } });
      const pods = "/api/v1/namespaces/default/pods";
      await rest.call(pods, { method: "POST", body: pod("p", {}) });
      const contentType = "application/strategic-merge-patch+json";
      const body = { spec: { containers: [{ name: "c", resources: { limits: { cpu: "64" } } }] } };
      for (const query of ["", "?dryRun=All"]) {
        const answer = await rest.call(`${pods}/p/resize${query}`, {
          method: "PATCH",
          contentType,
          body,
        });
        const { reason, message } = answer.json();
        assert.deepEqual([answer.status, reason], [405, "MethodNotAllowed"]);
        assert.match(String(message), /^pods\/resize is refused: nodes do not resize /);
      }
      assert.equal((await rest.call(`${pods}/p/resize`)).status, 200);
    } finally {
      rest.close();
      await server.stop();
    }
  });
});
