import { storageVersionHash } from "../../lib/api/customResourceType.js";
import type { ResourceType } from "../../lib/api/resourceType.js";
import { type GeneratedFile, generatedHeader } from "./generatedFile.js";
import type { Model, ResourceModel } from "./model.js";
import { moduleName } from "./typescriptTypes.js";

/** Writes lib/api/gen/resources.ts: a typed constant a resource, by group version and by plural. */
export function resourceTable(model: Model): GeneratedFile[] {
  const modules = new Map<string, ResourceModel[]>();
  const imports = new Map<string, string>();
  for (const resource of model.resources) {
    const module = moduleOf(model, resource);
    modules.set(module, [...(modules.get(module) ?? []), resource]);
    imports.set(module, `import type * as ${module}Types from "./types/${module}.js";\n`);
  }
  const groups = [...modules].map(([module, resources]) => {
    const entries = resources.map((r) => `  ${r.resource}: ${constant(module, r)},\n`);
    const { group, version } = resources[0]!;
    return (
      `\n/** ${group === "" ? version : `${group}/${version}`} */\n` +
      `export const ${module} = {\n${entries.join("")}} as const;\n`
    );
  });
  const firsts = new Map<string, string>();
  for (const [module, resources] of modules) {
    for (const r of resources) {
      if (!firsts.has(r.resource) && r.enabledByDefault) {
        firsts.set(r.resource, `  ${r.resource}: ${module}.${r.resource},\n`);
      }
    }
  }
  const content =
    generatedHeader +
    `import { type ResourceType, resourceType } from "../resourceType.js";\n` +
    `${[...imports.values()].sort().join("")}${groups.join("")}\n` +
    "/** What is served by default, by plural: of each the first group, preferred version. */\n" +
    `export const resources = {\n${[...firsts.values()].join("")}} as const;\n\n` +
    "/** Every resource of every version, in discovery order. */\n" +
    "export const allResources: readonly ResourceType<unknown>[] = [\n" +
    `${[...modules.keys()].map((m) => `  ...Object.values(${m}),\n`).join("")}];\n\n` +
    "/** Groups and their versions in discovery order, the preferred version first. */\n" +
    "export const groupOrder: readonly { group: string; versions: readonly string[] }[] = " +
    `${JSON.stringify(model.groupOrder, null, 2)};\n`;
  return [
    { path: "lib/api/gen/resources.ts", content },
    { path: "lib/api/gen/kinds.ts", content: kinds(model) },
  ];
}

function kinds(model: Model): string {
  const rows = [...model.messages].flatMap(([name, { groupVersionKind: kind }]) =>
    kind === undefined ? [] : [[kind.group, kind.version, kind.kind, name]],
  );
  return (
    `${generatedHeader}\n` +
    "/** [group, version, kind, message] of every kind, lists and options too. */\n" +
    "export const kinds: readonly (readonly [string, string, string, string])[] = [\n" +
    `${rows.map((row) => `  ${JSON.stringify(row)},\n`).join("")}];\n`
  );
}

function moduleOf(model: Model, resource: ResourceModel): string {
  const packageName = resource.message.slice(0, resource.message.lastIndexOf("."));
  return moduleName(model.packages.find((p) => p.package === packageName)!.goPackage);
}

function constant(module: string, r: ResourceModel): string {
  const description = JSON.stringify(resourceDescription(r), null, 2);
  return `resourceType<${module}Types.${r.kind}>(${description})`;
}

/** What lib/api knows of a resource. */
export function resourceDescription(r: ResourceModel): ResourceType<unknown> {
  const storage = r.storageVersion ?? `${r.group}/${r.version}/${r.kind}`;
  const [group, version, kind] = storage.split("/") as [string, string, string];
  const { columns, subresources, storagePath, storageVersion: _, ...rest } = r;
  return {
    ...rest,
    ...(r.verbs.includes("list") ? { listMessage: `${r.message}List` } : {}),
    ...(storagePath === undefined ? {} : { storagePath }),
    storage: { group, version, kind },
    storageVersionHash: storagePath === undefined ? "" : storageVersionHash(storage),
    subresources,
    columns,
  };
}
