import { type ApplyCase, type ApplyStep, kinds } from "./applySteps.js";

/** One HTTP request, as a case needs it. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string | undefined;
}

export interface SentAnswer {
  readonly status: number;
  readonly text: string;
  readonly warnings: readonly string[];
}

/** A response without what differs from run to run. */
export interface NormalAnswer {
  readonly code: number;
  readonly warnings?: readonly string[];
  readonly body: unknown;
}

/** Sends the steps of a case, under a name of its own, and gives what was answered. */
export async function runApplyCase(
  one: ApplyCase,
  name: string,
  send: (request: SentRequest) => Promise<SentAnswer>,
): Promise<NormalAnswer[]> {
  const versions = new Map<string, string>();
  const answers: NormalAnswer[] = [];
  for (const step of one.steps) {
    const { status, text, warnings } = await send(requestOf(one, step, name));
    const body = normal(parsed(text), name, versions);
    answers.push({ code: status, ...(warnings.length === 0 ? {} : { warnings }), body });
  }
  return answers;
}

const contentTypes = {
  apply: "application/apply-patch+yaml",
  scale: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  create: "application/json",
  update: "application/json",
  get: "",
} as const;

const methods = {
  apply: "PATCH",
  scale: "PATCH",
  merge: "PATCH",
  create: "POST",
  update: "PUT",
  get: "GET",
} as const;

function requestOf(one: ApplyCase, step: ApplyStep, name: string): SentRequest {
  const { verb, manager, query = "", contentType = contentTypes[verb] } = step;
  const isOlder = contentType === "v1";
  const { path } = kinds[one.kind];
  const base = isOlder ? path.replace("/autoscaling/v2/", "/autoscaling/v1/") : path;
  const subresource = verb === "scale" ? "scale" : (step.subresource ?? "");
  const below = subresource === "" ? "" : `/${subresource}`;
  const parameters = [
    ...(manager === undefined ? [] : [`fieldManager=${encodeURIComponent(manager)}`]),
    ...(query === "" ? [] : [query]),
  ];
  const tail = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
  const text = verb === "get" ? undefined : bodyOf(one, step).replaceAll("NAME", name);
  return {
    method: methods[verb],
    path: (verb === "create" ? base : `${base}/${name}${below}`) + tail,
    contentType: isOlder ? contentTypes.apply : contentType,
    body: text,
  };
}

function bodyOf(one: ApplyCase, { verb, body = {}, bare }: ApplyStep): string {
  if (typeof body === "string") return body;
  if (bare === true) return JSON.stringify(body);
  const { metadata, ...rest } = body as { metadata?: object };
  const type =
    verb === "scale"
      ? { apiVersion: "autoscaling/v1", kind: "Scale" }
      : { apiVersion: kinds[one.kind].apiVersion, kind: one.kind };
  return JSON.stringify({ ...type, ...rest, metadata: { name: "NAME", ...metadata } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Entries stand by the seconds in which they were written, and upstream's conflicts by manager in
 * no order; of one manager the order counts.
 */
function ordered(items: readonly object[], key: string): readonly object[] {
  if (key !== "managedFields" && key !== "causes") return items;
  const names =
    key === "causes" ? ["message"] : ["operation", "manager", "apiVersion", "subresource"];
  const wordOf = (item: object): string =>
    names.map((name) => String((item as Record<string, unknown>)[name] ?? "")).join(" ");
  return [...items].sort((a, b) => (wordOf(a) < wordOf(b) ? -1 : Number(wordOf(a) > wordOf(b))));
}

const times = new Set(["creationTimestamp", "time", "lastTransitionTime", "lastUpdateTime"]);

/** Names, versions by the order in which they are seen, uids and times are those of any run. */
function normal(value: unknown, name: string, versions: Map<string, string>, key = ""): unknown {
  if (Array.isArray(value)) {
    return ordered(value as object[], key).map((item) => normal(item, name, versions));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([k, v]) => [k, normal(v, name, versions, k)]);
    return Object.fromEntries(entries);
  }
  if (typeof value !== "string") return value;
  if (times.has(key)) return "TIME";
  if (key === "uid" && value.length > 20) return "UID";
  if (key === "clusterIP" && value !== "None") return "IP";
  if (key === "resourceVersion") {
    const known = versions.get(value) ?? `v${versions.size + 1}`;
    versions.set(value, known);
    return known;
  }
  return value
    .replaceAll(name, "NAME")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID");
}
