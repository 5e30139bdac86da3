import { mediaTypes } from "../../api/mediaTypes.js";

export type ResponseFormat = "json" | "yaml" | "protobuf";

/** How the client wants the response. */
export interface Accepted {
  readonly format: ResponseFormat;
  readonly mediaType: string;
  /** object unless the client asked for another kind by `;as=`. */
  readonly as: "object" | "table" | "metadata" | "metadataList";
  /** The version of meta.k8s.io asked for by `;v=`; only for table and metadata. */
  readonly asVersion: "v1" | "v1beta1";
  /** `;as=` of discovery: APIGroupDiscoveryList, with its version. */
  readonly discoveryVersion: "v2" | "v2beta1" | undefined;
  readonly pretty: boolean;
  /** Whether the object itself would do as well, for kinds that have no Table. */
  readonly takesObject: boolean;
}

interface Clause {
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const formats: readonly { mediaType: string; format: ResponseFormat }[] = [
  { mediaType: mediaTypes.json, format: "json" },
  { mediaType: mediaTypes.yaml, format: "yaml" },
  { mediaType: mediaTypes.protobuf, format: "protobuf" },
];

export const mediaTypeOf: Readonly<Record<ResponseFormat, string>> = {
  json: mediaTypes.json,
  yaml: mediaTypes.yaml,
  protobuf: mediaTypes.protobuf,
};

/** Parsed Accept headers: clients send a handful of different ones. Emptied when full. */
const cache = new Map<string, Accepted | undefined>();
const cacheBound = 256;

/**
 * Undefined when nothing that the client accepts can be given: 406. `jsonAlone`: whole objects have
 * no protobuf form.
 */
export function negotiateMediaType(
  accept: string | undefined,
  jsonAlone = false,
): Accepted | undefined {
  const header = accept ?? "";
  // No header begins so.
  const key = jsonAlone ? `\n${header}` : header;
  if (cache.has(key)) {
    return cache.get(key);
  }
  if (cache.size >= cacheBound) {
    cache.clear();
  }
  const accepted = negotiate(header, jsonAlone);
  if (header.length <= 1024) {
    cache.set(key, accepted);
  }
  return accepted;
}

function negotiate(header: string, jsonAlone: boolean): Accepted | undefined {
  if (header.trim() === "") {
    return acceptedOf({ mediaType: "*/*", parameters: new Map(), quality: 1 });
  }
  const clauses = header.split(",").map(parseClause);
  // A stable sort: among equals the client's order counts.
  clauses.sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const accepted = clause.quality > 0 ? acceptedOf(clause) : undefined;
    if (jsonAlone && accepted?.format === "protobuf" && accepted.as === "object") continue;
    if (accepted !== undefined) {
      return accepted.takesObject ? accepted : { ...accepted, takesObject: clauses.some(isPlain) };
    }
  }
  return undefined;
}

function isPlain(clause: Clause): boolean {
  return clause.quality > 0 && acceptedOf(clause)?.takesObject === true;
}

function parseClause(text: string): Clause {
  const [mediaType = "", ...rest] = text.split(";");
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf("=");
    if (equals > 0) {
      const value = parameter.slice(equals + 1).trim();
      parameters.set(
        parameter.slice(0, equals).trim().toLowerCase(),
        value.replace(/^"(.*)"$/, "$1"),
      );
    }
  }
  const quality = parameters.has("q") ? Number(parameters.get("q")) : 1;
  return {
    mediaType: mediaType.trim().toLowerCase(),
    parameters,
    quality: Number.isFinite(quality) ? quality : 0,
  };
}

function acceptedOf(clause: Clause): Accepted | undefined {
  const found = formats.find(({ mediaType }) => matches(clause.mediaType, mediaType));
  const target = found === undefined ? undefined : targetOf(clause.parameters, found.format);
  if (found === undefined || target === undefined) {
    return undefined;
  }
  return {
    format: found.format,
    mediaType: found.mediaType,
    ...target,
    pretty: clause.parameters.get("pretty") === "1",
    takesObject: target.as === "object",
  };
}

function matches(pattern: string, mediaType: string): boolean {
  return (
    pattern === mediaType ||
    pattern === "*/*" ||
    (pattern.endsWith("/*") && mediaType.startsWith(pattern.slice(0, -1)))
  );
}

type Target = Pick<Accepted, "as" | "asVersion" | "discoveryVersion">;

function targetOf(
  parameters: ReadonlyMap<string, string>,
  format: ResponseFormat,
): Target | undefined {
  const kind = parameters.get("as");
  const version = parameters.get("v") ?? "";
  if (kind === undefined) {
    // A group or version without a kind asks for something that does not exist.
    if (version !== "" || (parameters.get("g") ?? "") !== "") return undefined;
    return { as: "object", asVersion: "v1", discoveryVersion: undefined };
  }
  if (kind === "APIGroupDiscoveryList" && parameters.get("g") === "apidiscovery.k8s.io") {
    return version === "v2" || version === "v2beta1"
      ? { as: "object", asVersion: "v1", discoveryVersion: version }
      : undefined;
  }
  if (parameters.get("g") !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) {
    return undefined;
  }
  const common = { asVersion: version, discoveryVersion: undefined } as const;
  switch (kind) {
    case "Table":
      // Upstream has no protobuf form of a Table.
      return format === "protobuf" ? undefined : { as: "table", ...common };
    case "PartialObjectMetadata":
      return { as: "metadata", ...common };
    case "PartialObjectMetadataList":
      return { as: "metadataList", ...common };
    default:
      return undefined;
  }
}
