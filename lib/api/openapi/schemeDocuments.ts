import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { builtInKinds } from "../builtInKinds.js";
import { servedGroups } from "../discovery.js";
import { openApiV2MessageTables } from "../gen/openapi/v2Messages.js";
import type { KnownKinds } from "../knownKinds.js";
import { isUnstructured, type ResourceType } from "../resourceType.js";
import { CustomDefinitions } from "./customDefinitions.js";
import { type OpenApiDocument, openApiV2, openApiV3, openApiV3Index } from "./documents.js";
import {
  discoveryOperation,
  groupPath,
  type Operation,
  resourceOperations,
  type SubresourceKinds,
} from "./operations.js";
import { messagesOf, pathItems } from "./operationText.js";
import { protobufForm } from "./protobufForm.js";
import { documentV3, type Schema } from "./schema.js";

const compressed = promisify(gzip);
const decompressed = promisify(gunzip);

/** Prepared documents that have every definition that custom ones refer to. */
const sources = ["apis/apps", "apis/apps/v1"];

type V2Form = "json" | "protobuf";

/** Subresources of custom resources are their own kind, or a Scale. */
const subresourceKinds: SubresourceKinds = {
  messageOf(group, version, kind) {
    const message = builtInKinds.messageOf(group, version, kind);
    if (message === undefined) throw new Error(`no message of ${kind}`);
    return message;
  },
  optionFields: () => [],
};

/**
 * The OpenAPI documents of what a scheme has. Those of built-in kinds are prepared; those of others
 * are made when somebody asks, once for the same resources.
 */
export class SchemeDocuments {
  readonly #kinds: KnownKinds;
  /** By the list of a group version's resources, which is another one when they change. */
  readonly #ofVersion = new WeakMap<readonly ResourceType<unknown>[], Promise<OpenApiDocument>>();
  /** By group, of those that there are when another is asked for. */
  readonly #ofGroup = new Map<string, Promise<OpenApiDocument>>();
  /** By the list of all resources. */
  readonly #v2 = new WeakMap<readonly ResourceType<unknown>[], Map<V2Form, Promise<Uint8Array>>>();
  #schemas: Promise<Record<string, Schema>> | undefined;

  constructor(kinds: KnownKinds) {
    this.#kinds = kinds;
  }

  /** OpenAPI 2 in gzip, as JSON or as protobuf. */
  async v2(form: V2Form): Promise<Uint8Array> {
    const { resources } = this.#kinds;
    if (!resources.some(isUnstructured)) return openApiV2(form);
    const forms = this.#v2.get(resources) ?? new Map<V2Form, Promise<Uint8Array>>();
    this.#v2.set(resources, forms);
    const known = forms.get(form) ?? this.#joinedV2(form);
    forms.set(form, known);
    return known;
  }

  /** The body of `/openapi/v3`. */
  async v3Index(): Promise<ReturnType<typeof openApiV3Index>> {
    const { paths } = openApiV3Index(servedGroups(this.#kinds));
    for (const { group, versions } of this.#kinds.groups) {
      for (const version of versions) {
        if (!this.#resourcesOf(group, version).some(isUnstructured)) continue;
        for (const path of [groupPath(group), groupPath(group, version)]) {
          const key = path.slice(1);
          if (Object.hasOwn(paths, key)) continue;
          const document = await this.v3(key);
          if (document === undefined) continue;
          paths[key] = { serverRelativeURL: `/openapi/v3${path}?hash=${document.hash}` };
        }
      }
    }
    return { paths };
  }

  /** One document of OpenAPI 3, as JSON; undefined where there is none at this path. */
  async v3(path: string): Promise<OpenApiDocument | undefined> {
    const [root, group = "", version, ...more] = path.split("/");
    const isOwn = root === "apis" && more.length === 0 && this.#kinds.versionsOf(group).length > 0;
    if (!isOwn) return openApiV3(path);
    if (version === undefined) {
      if (builtInKinds.versionsOf(group).length > 0) return openApiV3(path);
      return this.#groupDocument(group);
    }
    const resources = this.#resourcesOf(group, version);
    if (!resources.some(isUnstructured)) return openApiV3(path);
    let document = this.#ofVersion.get(resources);
    if (document === undefined) {
      document = this.#documentV3(versionOperations(group, version, resources), resources);
      this.#ofVersion.set(resources, document);
    }
    return document;
  }

  #resourcesOf(group: string, version: string): readonly ResourceType<unknown>[] {
    return this.#kinds.resourcesOf(group, version);
  }

  #groupDocument(group: string): Promise<OpenApiDocument> {
    const known = this.#ofGroup.get(group);
    if (known !== undefined) return known;
    for (const other of this.#ofGroup.keys()) {
      if (this.#kinds.versionsOf(other).length === 0) this.#ofGroup.delete(other);
    }
    const document = this.#documentV3([groupOperation(group)], []);
    this.#ofGroup.set(group, document);
    return document;
  }

  async #documentV3(
    operations: readonly Operation[],
    resources: readonly ResourceType<unknown>[],
  ): Promise<OpenApiDocument> {
    const definitions = new CustomDefinitions(3, resources);
    const paths = pathItems(definitions, operations);
    this.#schemas ??= preparedSchemas();
    const schemas = definitions.reached(messagesOf(operations), await this.#schemas);
    const text = JSON.stringify(documentV3(paths, schemas));
    const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
    return { gzip: await compressed(text), hash };
  }

  async #joinedV2(form: V2Form): Promise<Uint8Array> {
    const prepared = await openApiV2(form);
    const added = this.#addedV2();
    if (form === "protobuf") {
      // Messages that stand one after the other are one, and so are pieces of gzip.
      return Buffer.concat([
        prepared,
        await compressed(protobufForm(added, openApiV2MessageTables)),
      ]);
    }
    const text = (await decompressed(prepared)).toString("utf8");
    const document = JSON.parse(text) as Record<string, Schema>;
    for (const part of ["paths", "definitions"] as const) {
      const entries = Object.entries({ ...document[part], ...added[part] });
      document[part] = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return compressed(JSON.stringify(document));
  }

  /** What a document of the built-in API lacks. */
  #addedV2(): { readonly paths: Schema; readonly definitions: Schema } {
    const custom = this.#kinds.resources.filter(isUnstructured);
    const operations: Operation[] = [];
    for (const { group, versions } of this.#kinds.groups) {
      const own = versions.filter((v) => this.#resourcesOf(group, v).some(isUnstructured));
      if (own.length === 0) continue;
      if (builtInKinds.versionsOf(group).length === 0) operations.push(groupOperation(group));
      for (const version of own) {
        operations.push(...versionOperations(group, version, this.#resourcesOf(group, version)));
      }
    }
    const definitions = new CustomDefinitions(2, custom);
    return { paths: pathItems(definitions, operations), definitions: definitions.own() };
  }
}

function groupOperation(group: string): Operation {
  return discoveryOperation(`${groupPath(group)}/`, "APIGroup", group);
}

function versionOperations(
  group: string,
  version: string,
  resources: readonly ResourceType<unknown>[],
): Operation[] {
  return [
    discoveryOperation(`${groupPath(group, version)}/`, "APIResourceList", group),
    ...resources.flatMap((r) => resourceOperations(subresourceKinds, r)),
  ];
}

async function preparedSchemas(): Promise<Record<string, Schema>> {
  const all: Record<string, Schema> = {};
  for (const path of sources) {
    const document = await openApiV3(path);
    if (document === undefined) throw new Error(`no document ${path}`);
    const text = (await decompressed(document.gzip)).toString("utf8");
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, Schema> } };
    Object.assign(all, components.schemas);
  }
  return all;
}
