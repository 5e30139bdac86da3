import {
  isUnstructured,
  listKindOf,
  type ResourceType,
  type Subresource,
} from "../resourceType.js";
import type { Schema } from "./schema.js";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly description: string;
  readonly type: "string" | "integer" | "boolean";
}

/** One method of one path, before it is written for either version of OpenAPI. */
export interface Operation {
  readonly path: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete" | "head" | "options";
  readonly id: string;
  readonly description: string;
  readonly tag: string;
  readonly action?: string;
  readonly kind?: { group: string; kind: string; version: string };
  readonly parameters: readonly Parameter[];
  /** Message of the body; `patch` for a patch. */
  readonly body?: string;
  /** Message of the response; undefined for plain text. */
  readonly answer?: string;
  readonly codes: readonly number[];
  /** Objects have no protobuf form, and no schema that a strategic patch could go by. */
  readonly jsonAlone?: boolean;
}

const meta = "k8s.io.apimachinery.pkg.apis.meta.v1";

function parameter(name: string, type: Parameter["type"], description: string): Parameter {
  return { name, in: "query", type, description };
}

const pretty = parameter("pretty", "string", "If 'true', the output is indented.");
const dryRun = parameter("dryRun", "string", "'All' runs every check and stores nothing.");
const listParameters: readonly Parameter[] = [
  parameter("allowWatchBookmarks", "boolean", "Ask a watch for bookmarks."),
  parameter("continue", "string", "The token of the previous page."),
  parameter("fieldSelector", "string", "Select objects by fields."),
  parameter("labelSelector", "string", "Select objects by labels."),
  parameter("limit", "integer", "The most objects of one page."),
  parameter("resourceVersion", "string", "The revision to read or watch from."),
  parameter("resourceVersionMatch", "string", "How resourceVersion is meant: Exact, NotOlderThan."),
  parameter("sendInitialEvents", "boolean", "Begin a watch with what is there."),
  parameter("timeoutSeconds", "integer", "When to end a list or a watch."),
  parameter("watch", "boolean", "Stream changes instead of listing."),
];
const writeParameters: readonly Parameter[] = [
  dryRun,
  parameter("fieldManager", "string", "The name that owns the changed fields."),
  parameter("fieldValidation", "string", "What to do with unknown fields: Ignore, Warn, Strict."),
];
const patchParameters: readonly Parameter[] = [
  ...writeParameters,
  parameter("force", "boolean", "Take fields over from other managers; for apply only."),
];
const deleteParameters: readonly Parameter[] = [
  dryRun,
  parameter("gracePeriodSeconds", "integer", "Seconds that the object has to end by itself."),
  parameter(
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "boolean",
    "Delete an object that cannot be read, without its finalizers.",
  ),
  parameter("orphanDependents", "boolean", "Deprecated by propagationPolicy."),
  parameter("propagationPolicy", "string", "Orphan, Background or Foreground."),
];

/** `Core`, `RbacAuthorization`: how operation ids and tags name a group. */
function groupWord(group: string): string {
  const words = (group === "" ? "core" : group.replace(/\.k8s\.io$/, "")).split(".");
  return words.map(capital).join("");
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

function tagOf(group: string, version?: string): string {
  const word = groupWord(group);
  const lower = word[0]!.toLowerCase() + word.slice(1);
  return version === undefined ? lower : `${lower}_${version}`;
}

export function groupPath(group: string, version?: string): string {
  const base = group === "" ? "/api" : `/apis/${group}`;
  return version === undefined ? base : `${base}/${version}`;
}

/** What is described of a resource. */
export type Described = Pick<
  ResourceType<unknown>,
  "group" | "version" | "kind" | "listKind" | "resource" | "namespaced" | "message" | "verbs"
> & { readonly subresources: readonly Subresource[] };

/** What is to be known of the kinds that subresources have. */
export interface SubresourceKinds {
  /** Throws where there is none. */
  messageOf(group: string, version: string, kind: string): string;
  /** Scalar fields of a kind of options and their types in OpenAPI. */
  optionFields(message: string): readonly (readonly [string, Parameter["type"]])[];
}

/** The operations of a resource and its subresources. */
export function resourceOperations(kinds: SubresourceKinds, r: Described): Operation[] {
  return new ResourcePaths(kinds, r).operations();
}

class ResourcePaths {
  readonly #collection: string;
  readonly #item: string;
  readonly #word: string;
  readonly #scope: string;
  readonly #place: readonly Parameter[];

  constructor(
    readonly kinds: SubresourceKinds,
    readonly r: Described,
  ) {
    const base = groupPath(r.group, r.version);
    const inNamespace = r.namespaced ? "/namespaces/{namespace}" : "";
    this.#collection = `${base}${inNamespace}/${r.resource}`;
    this.#item = `${this.#collection}/{name}`;
    this.#word = groupWord(r.group) + capital(r.version);
    this.#scope = r.namespaced ? "Namespaced" : "";
    const namespace = inPath("namespace", "The namespace of the object.");
    this.#place = r.namespaced ? [namespace] : [];
  }

  operations(): Operation[] {
    return [
      ...this.r.verbs.flatMap((verb) => this.#own(verb)),
      ...this.r.subresources.flatMap((s) => this.#subresource(s)),
    ];
  }

  #own(verb: string): Operation[] {
    const { kind, message } = this.r;
    const named = `${this.#scope}${kind}`;
    const list = listMessageOf(this.r);
    switch (verb) {
      case "list": {
        const base = { action: "list", answer: list, codes: [200] };
        const id = `list${this.#word}${named}`;
        const own = this.#operation(this.#collection, "get", id, {
          ...base,
          parameters: [...this.#place, ...listParameters],
        });
        return this.r.namespaced ? [own, this.#everywhere(list)] : [own];
      }
      case "create":
        return [
          this.#operation(this.#collection, "post", `create${this.#word}${named}`, {
            action: "post",
            body: message,
            answer: message,
            codes: [200, 201, 202],
            parameters: [...this.#place, ...writeParameters],
          }),
        ];
      case "deletecollection":
        return [
          this.#operation(this.#collection, "delete", `delete${this.#word}Collection${named}`, {
            action: "deletecollection",
            body: `${meta}.DeleteOptions`,
            answer: `${meta}.Status`,
            codes: [200],
            parameters: [...this.#place, ...deleteParameters, ...selectionParameters],
          }),
        ];
      default:
        return this.#itemOperation(verb, this.#item, named, message);
    }
  }

  #everywhere(list: string): Operation {
    const path = `${groupPath(this.r.group, this.r.version)}/${this.r.resource}`;
    const id = `list${this.#word}${this.r.kind}ForAllNamespaces`;
    const parameters = listParameters;
    return this.#operation(path, "get", id, {
      action: "list",
      answer: list,
      codes: [200],
      parameters,
    });
  }

  /** get, update, patch and delete of an object or of its subresource. */
  #itemOperation(verb: string, path: string, named: string, message: string): Operation[] {
    const place = [...this.#place, inPath("name", `The name of the ${this.r.kind}.`)];
    switch (verb) {
      case "get":
        return [
          this.#operation(path, "get", `read${this.#word}${named}`, {
            action: "get",
            answer: message,
            codes: [200],
            parameters: place,
          }),
        ];
      case "update":
        return [
          this.#operation(path, "put", `replace${this.#word}${named}`, {
            action: "put",
            body: message,
            answer: message,
            codes: [200, 201],
            parameters: [...place, ...writeParameters],
          }),
        ];
      case "patch":
        return [
          this.#operation(path, "patch", `patch${this.#word}${named}`, {
            action: "patch",
            body: "patch",
            answer: message,
            codes: [200, 201],
            parameters: [...place, ...patchParameters],
          }),
        ];
      case "delete":
        return [
          this.#operation(path, "delete", `delete${this.#word}${named}`, {
            action: "delete",
            body: `${meta}.DeleteOptions`,
            answer: `${meta}.Status`,
            codes: [200, 202],
            parameters: [...place, ...deleteParameters],
          }),
        ];
      default:
        return [];
    }
  }

  #subresource(s: Subresource): Operation[] {
    const path = `${this.#item}/${s.name}`;
    const named = `${this.#scope}${this.r.kind}${capital(s.name)}`;
    if (s.name === "log") return [this.#log(path, named)];
    if (s.name !== "status" && s.kind.endsWith("Options")) return this.#connect(path, named, s);
    const isOwn =
      s.group === this.r.group && s.version === this.r.version && s.kind === this.r.kind;
    const message = isOwn ? this.r.message : this.kinds.messageOf(s.group, s.version, s.kind);
    const kind = { group: s.group, kind: s.kind, version: s.version };
    return s.verbs.flatMap((verb) => {
      if (verb !== "create") {
        return this.#itemOperation(verb, path, named, message).map((o) => ({ ...o, kind }));
      }
      const parameters = [
        ...this.#place,
        inPath("name", `The name of the ${s.kind}.`),
        ...writeParameters,
      ];
      const operation = this.#operation(path, "post", `create${this.#word}${named}`, {
        action: "post",
        body: message,
        answer: message,
        codes: [200, 201, 202],
        parameters,
      });
      return [{ ...operation, kind }];
    });
  }

  #log(path: string, named: string): Operation {
    const options = this.#optionParameters("PodLogOptions");
    return this.#operation(path, "get", `read${this.#word}${named}`, {
      action: "get",
      codes: [200],
      parameters: [...this.#place, inPath("name", "The name of the Pod."), ...options],
    });
  }

  #connect(path: string, named: string, s: Subresource): Operation[] {
    const place = [...this.#place, inPath("name", `The name of the ${s.kind}.`)];
    const options = this.#optionParameters(s.kind);
    const kind = { group: s.group, kind: s.kind, version: s.version };
    const methods: readonly Operation["method"][] =
      s.name === "proxy"
        ? ["get", "put", "post", "delete", "options", "head", "patch"]
        : ["get", "post"];
    const withPath = [...place, inPath("path", "The path behind the proxy."), ...options];
    return methods.flatMap((method) => {
      const id = `connect${this.#word}${capital(method)}${named}`;
      const base = { action: "connect", codes: [200] };
      const plain = this.#operation(path, method, id, {
        ...base,
        parameters: [...place, ...options],
      });
      if (s.name !== "proxy") return [{ ...plain, kind }];
      const deep = this.#operation(`${path}/{path}`, method, `${id}WithPath`, {
        ...base,
        parameters: withPath,
      });
      return [
        { ...plain, kind },
        { ...deep, kind },
      ];
    });
  }

  /** The fields of an options kind as query parameters. */
  #optionParameters(kind: string): Parameter[] {
    const fields = this.kinds.optionFields(this.kinds.messageOf("", "v1", kind));
    return fields.map(([name, type]) => parameter(name, type, `See ${kind}.`));
  }

  #operation(
    path: string,
    method: Operation["method"],
    id: string,
    rest: Pick<Operation, "action" | "body" | "answer" | "codes" | "parameters">,
  ): Operation {
    const { group, version, kind } = this.r;
    return {
      path,
      method,
      id,
      description: `${rest.action} ${kind}`,
      tag: tagOf(group, version),
      kind: { group, kind, version },
      ...rest,
      ...(isUnstructured(this.r) ? { jsonAlone: true } : {}),
      parameters: [...rest.parameters, pretty],
    };
  }
}

const selectionParameters = listParameters.filter(
  (p) => p.name !== "watch" && p.name !== "allowWatchBookmarks",
);

function inPath(name: string, description: string): Parameter {
  return { name, in: "path", type: "string", description };
}

/** The message of a list, or for a kind without one what stands for it. */
export function listMessageOf(r: Pick<Described, "kind" | "listKind" | "message">): string {
  return r.message.slice(0, r.message.length - r.kind.length) + listKindOf(r);
}

/** Operations of discovery: `/api/`, `/apis/`, a group, a group version. */
export function discoveryOperation(path: string, kind: string, group?: string): Operation {
  return {
    path,
    method: "get",
    id: `get${kind}${path
      .split("/")
      .map((w) => (w === "" ? "" : capital(w)))
      .join("")}`,
    description: `get the ${kind}`,
    tag: group === undefined ? "discovery" : tagOf(group),
    parameters: [],
    answer: `${meta}.${kind}`,
    codes: [200],
  };
}

export function versionOperation(): Operation {
  return {
    path: "/version/",
    method: "get",
    id: "getCodeVersion",
    description: "get the version of the server",
    tag: "version",
    parameters: [],
    answer: "version",
    codes: [200],
  };
}

export type PathItems = Record<string, Schema>;
