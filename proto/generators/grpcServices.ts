import { join } from "node:path";
import type { ResourceType } from "../../lib/api/resourceType.js";
import { type RpcMethod, rpcMethodsOf, rpcPackageOf } from "../../lib/api/rpcMethods.js";
import { type GeneratedFile, generatedHeader } from "./generatedFile.js";
import { messageTables } from "./messageTables.js";
import type { Model } from "./model.js";
import { resourceDescription } from "./resourceTable.js";

const meta = "k8s.io.apimachinery.pkg.apis.meta.v1";

/**
 * The typed services, one .proto a group version, and the runtime tables of the messages that
 * they and
 * the dynamic service exchange.
 */
export function grpcServices(model: Model, repository: string): GeneratedFile[] {
  const byPackage = new Map<string, ResourceType<unknown>[]>();
  for (const resource of model.resources.map(resourceDescription)) {
    const name = rpcPackageOf(resource.message);
    byPackage.set(name, [...(byPackage.get(name) ?? []), resource]);
  }
  const protos = [...byPackage].map(([name, resources]) => ({
    path: `proto/steersman/gen/${name.split(".").slice(2).join("_")}.proto`,
    content: protoText(model, name, resources),
  }));
  const tables = messageTables({
    protoFolder: join(repository, "proto"),
    files: ["requests", "dynamic", "errors"].map((name) => `steersman/v1/${name}.proto`),
    package: "steersman.v1",
    path: "lib/api/gen/rpcMessages.ts",
    name: "Rpc",
  });
  return [...protos, tables];
}

function protoText(model: Model, name: string, resources: ResourceType<unknown>[]): string {
  const imports = new Set([importOf(model, `${meta}.ListMeta`)]);
  const messageOf = (group: string, version: string, kind: string) =>
    [...model.messages].find(([, { groupVersionKind: g }]) => {
      return g?.group === group && g.version === version && g.kind === kind;
    })?.[0];
  const body = resources.flatMap((resource) => {
    const methods = rpcMethodsOf(resource, messageOf);
    for (const m of methods) {
      imports.add(importOf(model, m.responseMessage));
      if (m.requestMessage === undefined) imports.add("steersman/v1/requests.proto");
      if (m.requestMessage !== undefined) imports.add(importOf(model, m.requestMessage));
    }
    return [...messages(resource, methods), service(resource, methods)];
  });
  const lines = [...imports].sort().map((path) => `import "${path}";\n`);
  return (
    `${generatedHeader}syntax = "proto3";\n\npackage ${name};\n\n${lines.join("")}\n` +
    body.join("\n")
  );
}

function importOf(model: Model, message: string): string {
  const packageName = message.slice(0, message.lastIndexOf("."));
  const source = model.packages.find((p) => p.package === packageName);
  return `${source!.goPackage}/generated.proto`;
}

/** Messages with the kind's own objects. Numbers are those of steersman/v1/requests.proto. */
function messages(resource: ResourceType<unknown>, methods: RpcMethod[]): string[] {
  const { kind } = resource;
  const object = `.${resource.message}`;
  const uses = (response: string) => methods.some((m) => m.response === response);
  const texts: string[] = [];
  if (uses("ListChunk")) {
    texts.push(
      messageText(`${kind}ListChunk`, [
        `.${meta}.ListMeta metadata = 1`,
        `repeated ${object} items = 2`,
      ]),
    );
  }
  if (uses("WatchBatch")) {
    texts.push(
      messageText(`${kind}WatchEvent`, [
        "string type = 1",
        `${object} object = 2`,
        `.${meta}.Status status = 3`,
      ]),
      messageText(`${kind}WatchBatch`, [`repeated ${kind}WatchEvent events = 1`]),
    );
  }
  if (uses("DeleteResponse")) {
    const fields = [`${object} object = 1`, `.${meta}.Status status = 2`];
    texts.push(messageText(`${kind}DeleteResponse`, fields));
  }
  const requests = new Map<string, string>();
  for (const m of methods) {
    if (m.requestMessage === undefined) continue;
    const options = m.verb === "create" ? "CreateOptions" : "UpdateOptions";
    requests.set(
      requestName(resource, m),
      messageText(requestName(resource, m), [
        "string namespace = 1",
        "string name = 2",
        `.${m.requestMessage} object = 3`,
        `.${meta}.${options} options = 4`,
      ]),
    );
  }
  return [...texts, ...requests.values()];
}

function messageText(name: string, fields: string[]): string {
  return `message ${name} {\n${fields.map((f) => `  ${f};\n`).join("")}}\n`;
}

/** Subresources that take the kind itself share the resource's request. */
function requestName(resource: ResourceType<unknown>, m: RpcMethod): string {
  if (m.requestMessage === undefined) return `.steersman.v1.${m.request}`;
  const isOwnKind = m.requestMessage === resource.message;
  return isOwnKind ? `${resource.kind}${m.request}` : `${resource.kind}${m.name}Request`;
}

function service(resource: ResourceType<unknown>, methods: RpcMethod[]): string {
  const { kind, group, version } = resource;
  const rows = methods.map((m) => {
    const answer = m.response === "object" ? `.${m.responseMessage}` : `${kind}${m.response}`;
    const stream = m.isStream ? "stream " : "";
    return `  rpc ${m.name}(${requestName(resource, m)}) returns (${stream}${answer});\n`;
  });
  const name = group === "" ? version : `${group}/${version}`;
  return (
    `// ${kind}Service serves ${resource.resource} of ${name}.\n` +
    `service ${kind}Service {\n${rows.join("")}}\n`
  );
}
