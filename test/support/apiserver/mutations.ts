import type { Random } from "../../../lib/platform/random.js";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Words that rules tell apart, and some that none wants. */
const words: readonly string[] = [
  ...[
    "",
    " ",
    ".",
    "..",
    "../a",
    "a/../b",
    "/a",
    "a/b",
    "a//b",
    "..a",
    "a/",
    "a b",
    " a",
    "-a",
    "a-",
  ],
  ...[
    "A",
    "ä",
    "a.b",
    "a_b",
    "a=b",
    "x".repeat(64),
    "x".repeat(254),
    "1",
    "80",
    "a--b",
    "0.5",
    "-1",
  ],
  ...["100m", "1Gi", "1e3", "1.5", "1k", "500u", "Always", "Never", "OnFailure", "IfNotPresent"],
  ...["Exists", "Equal", "In", "NotIn", "DoesNotExist", "Gt", "Lt", "TCP", "UDP", "SCTP", "HTTP"],
  ...["HTTPS", "None", "Default", "ClusterFirst", "Memory", "HugePages", "File", "Directory"],
  ...[
    "metadata.name",
    "metadata.labels",
    "metadata.labels['a b']",
    "metadata.annotations['A.b/C']",
  ],
  ...[
    "spec.nodeName",
    "status.podIP",
    "spec.host",
    "status.phase",
    "limits.cpu",
    "requests.memory",
  ],
  ...["limits.hugepages-2Mi", "NoSchedule", "NoExecute", "PreferNoSchedule", "ScheduleAnyway"],
  ...["DoNotSchedule", "Honor", "RuntimeDefault", "Localhost", "Unconfined", "CAP_SYS_ADMIN"],
  ...["Bidirectional", "HostToContainer", "kubernetes.io/hostname", "beta.kubernetes.io/os"],
  ...["example.com/x", "kube-api-access-x", "token", "v1", "v2", "linux", "windows", "10.0.0.1"],
  ...["127.0.0.1", "0.0.0.0", "169.254.0.1", "224.0.0.1", "fd00::1", "fe80::1", "::1", "1.2.3.04"],
  ...["IPv4", "IPv6", "FQDN", "Guaranteed", "BestEffort", "Running", "True", "False"],
];
const numbers: readonly number[] = [
  ...[-1, 0, 1, 2, 3, 30, 80, 100, 101, 443, 511, 512, 599, 600, 65535, 65536],
  ...[2147483647, 2147483648, 4294967296, 4294967297],
];

interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

function places(value: Json, found: Place[] = []): Place[] {
  if (value === null || typeof value !== "object") return found;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    found.push({ holder: value, key });
    places(at({ holder: value, key }), found);
  }
  return found;
}

function at({ holder, key }: Place): Json {
  return (holder as Record<string | number, Json>)[key] as Json;
}

function put({ holder, key }: Place, value: Json): void {
  (holder as Record<string | number, Json>)[key] = value;
}

function remove({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(key as number, 1);
  else delete holder[key as string];
}

function pick<T>(random: Random, all: readonly T[]): T {
  return all[random.below(all.length)] as T;
}

/** Another value, mostly of the same type. */
function another(random: Random, value: Json): Json {
  const isOdd = random.below(12) === 0;
  if (isOdd) return pick<Json>(random, [null, {}, [], 1, "a", true]);
  if (typeof value === "string") return pick(random, words);
  if (typeof value === "number") return pick(random, numbers);
  if (typeof value === "boolean") return !value;
  return Array.isArray(value) ? [] : {};
}

/** One change of a JSON tree, in place: something goes, is doubled, moves, or becomes another. */
function mutate(random: Random, tree: Json): void {
  const all = places(tree);
  if (all.length === 0) return;
  const place = pick(random, all);
  const way = random.below(8);
  if (way === 0) remove(place);
  else if (way === 1) {
    if (Array.isArray(place.holder)) place.holder.push(structuredClone(at(place)));
  } else if (way === 2) {
    // What is called the same elsewhere.
    const same = all.filter(({ key }) => key === place.key);
    put(place, structuredClone(at(pick(random, same))));
  } else if (way === 3) put(place, structuredClone(at(pick(random, all))));
  else {
    const scalars = all.filter((one) => typeof at(one) !== "object");
    const scalar = scalars.length === 0 ? place : pick(random, scalars);
    put(scalar, another(random, at(scalar)));
  }
}

/** A copy of the tree with some changes, by the random source alone. */
export function mutated<T>(random: Random, tree: T, most = 2): T {
  const copy = structuredClone(tree);
  const changes = 1 + random.below(most);
  for (let change = 0; change < changes; change += 1) mutate(random, copy as Json);
  return copy;
}
