import assert from "node:assert/strict";
import { type Tree, TwoWays } from "../../../support/apiserver/twoWays.js";

const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const events = "/api/v1/namespaces/default/events";
const newEvents = "/apis/events.k8s.io/v1/namespaces/default/events";
const pods = "/api/v1/namespaces/default/pods";
const merge = "application/merge-patch+json";

type Verdict = readonly [what: string, object: Tree, code: number, words: string];

const slice = (address: string, more: Tree = {}, addressType = "IPv4"): Tree => ({
  addressType,
  endpoints: [{ addresses: [address], ...more }],
  ports: [{ name: "a", protocol: "TCP", port: 80 }],
});
const named = (count: number, name = (at: number) => `z${at}`): Tree[] =>
  Array.from({ length: count }, (_, at) => ({ name: name(at) }));
const mapped = "must not be an IPv4-mapped IPv6 address";
const notCanonical = (text: string): string =>
  `IPv6 address \\"${text}\\" should be in RFC 5952 canonical format`;

const sliceVerdicts: readonly Verdict[] = [
  ["an address", slice("10.0.0.1"), 201, ""],
  ["eight zones", slice("10.0.0.1", { hints: { forZones: named(8) } }), 201, ""],
  ["nine", slice("10.0.0.1", { hints: { forZones: named(9) } }), 422, "must have at most 8 items"],
  ["nine nodes", slice("10.0.0.1", { hints: { forNodes: named(9) } }), 422, "Too many: 9"],
  [
    "one node twice",
    slice("10.0.0.1", { hints: { forNodes: named(2, () => "a") } }),
    422,
    "Duplicate value",
  ],
  [
    "a node that is none",
    slice("10.0.0.1", { hints: { forNodes: named(1, () => "A b") } }),
    422,
    "forNodes[0].name",
  ],
  ["capitals", slice("FD00::1", {}, "IPv6"), 422, "must be in canonical form"],
  ["a long form", slice("fd00:0:0:0:0:0:0:1", {}, "IPv6"), 422, "must be in canonical form"],
  ["an IPv4 address as IPv6", slice("::ffff:1.2.3.4", {}, "IPv6"), 422, mapped],
  ["leading zeros", slice("10.0.0.01"), 422, "must not have leading 0s"],
  ["another family", slice("fd00::1"), 422, "endpoints[0].addresses: Invalid value"],
  ["a host", slice("web.example.com", {}, "FQDN"), 201, "FQDN endpoints are deprecated"],
  ["a host without a domain", slice("web", {}, "FQDN"), 422, "at least two segments"],
];

const pod = { kind: "Pod", namespace: "default", name: "web" };
const time = "2026-01-01T00:00:00.000001Z";
const event = (more: Tree = {}): Tree => ({
  ...{ regarding: pod, reason: "R", note: "n", type: "Normal", action: "A", eventTime: time },
  ...{ reportingController: "example.com/c", reportingInstance: "i", ...more },
});
const series = (count: number): Tree => ({ series: { count, lastObservedTime: time } });

const eventVerdicts: readonly Verdict[] = [
  ["all there is", event(), 201, ""],
  ["a series of two", event(series(2)), 201, ""],
  ["of one", event(series(1)), 422, "series.count"],
  ["without a time", event({ series: { count: 2 } }), 422, "series.lastObservedTime"],
  ["no time", event({ eventTime: null }), 422, "eventTime: Required value"],
  ["another type", event({ type: "X" }), 422, "has invalid value: X"],
  ["no type", event({ type: "" }), 422, "type: Invalid value"],
  ["a first time", event({ deprecatedFirstTimestamp: "2026-01-01T00:00:00Z" }), 422, "unset"],
  ["a count", event({ deprecatedCount: 1 }), 422, "count: Invalid value"],
  ["a source", event({ deprecatedSource: { component: "c" } }), 422, "source: Invalid value"],
  ["an object elsewhere", event({ regarding: { kind: "Pod", namespace: "x" } }), 201, ""],
  ["the words of the core group", event({ action: "" }), 422, 'Event \\"v-'],
];

const spec = (more: Tree = {}): Tree => ({
  ...{ containers: [{ name: "c", image: "web:1" }], ...more },
});
const dns = (more: Tree): Tree => ({
  spec: spec({ dnsPolicy: "None", dnsConfig: { nameservers: ["10.0.0.10"], ...more } }),
});
const alias = (ip: string): Tree => ({ spec: spec({ hostAliases: [{ ip, hostnames: ["a"] }] }) });
const cost = (text: string): Tree => ({
  metadata: { annotations: { "controller.kubernetes.io/pod-deletion-cost": text } },
  spec: spec(),
});
const searches = Array.from({ length: 20 }, (_, at) => `${"a".repeat(50)}.${"b".repeat(55)}${at}`);
const container = (more: Tree): Tree => ({
  spec: spec({ containers: [{ name: "c", image: "web:1", ...more }], volumes: [scratch] }),
});
const scratch = { name: "v", emptyDir: {} };
const mount = (more: Tree): Tree =>
  container({ volumeMounts: [{ name: "v", mountPath: "/v", ...more }] });
const divisor = (text: string): Tree =>
  container({
    env: [
      { name: "A", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: text } } },
    ],
  });

const disk = { "ephemeral-storage": "1Gi" };
const device = { name: "v", devicePath: "/dev/x" };
const resize = (resourceName: string, restartPolicy: string): Tree =>
  container({ resizePolicy: [{ resourceName, restartPolicy }] });
const keys = (more: Tree): Tree => {
  const term = { topologyKey: "a", matchLabelKeys: ["x"], ...more };
  const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  return { spec: spec({ affinity: { podAffinity } }) };
};

const podVerdicts: readonly Verdict[] = [
  ["a name with dots", { metadata: { name: "a.b" }, spec: spec() }, 201, "[must not contain dots]"],
  ["an alias", alias("fd00::1"), 201, ""],
  ["an alias in capitals", alias("FD00::1"), 201, notCanonical("FD00::1")],
  ["an alias in both forms", alias("::ffff:1.2.3.4"), 422, mapped],
  ["a server in capitals", dns({ nameservers: ["FD00::1"] }), 201, notCanonical("FD00::1")],
  ["a server in both forms", dns({ nameservers: ["::ffff:1.2.3.4"] }), 422, mapped],
  ["a long list of domains", dns({ searches }), 422, "must not have more than 2048 characters"],
  ["a short one", dns({ searches: searches.slice(0, 18) }), 201, ""],
  ["no configuration", { spec: spec({ dnsPolicy: "None" }) }, 422, "must provide `dnsConfig`"],
  ["a cost", cost("-5"), 201, ""],
  ["a cost with a plus", cost("+1"), 422, "must be a 32bit integer"],
  ["too high a cost", cost("2147483648"), 422, "must be a 32bit integer"],
  ["no cost", cost(""), 422, "must be a 32bit integer"],
  ["no system", { spec: spec({ os: {} }) }, 422, "spec.os.name: Required value"],
  ["another system", { spec: spec({ os: { name: "x" } }) }, 422, "spec.os: Unsupported value"],
  ["an empty way to pass mounts on", mount({ mountPropagation: "" }), 422, "mountPropagation"],
  ["parts of 1Ki", divisor("1Ki"), 201, ""],
  ["of 1024", divisor("1024"), 422, "only divisor's values"],
  [
    "two names",
    { spec: spec({ hostnameOverride: "a", hostNetwork: true }) },
    422,
    "may not be specified when hostNetwork is true",
  ],
  ["another way to resize", resize("cpu", "X"), 422, "resizePolicy: Unsupported value"],
  ["a resize of disks", resize("disk", "NotRequired"), 422, "supported values"],
  ["a device that is none", container({ volumeDevices: [device] }), 422, "for block mode"],
  ["a claim of nobody", container({ resources: { claims: [{ name: "x" }] } }), 422, "is empty"],
  ["disk for all", { spec: spec({ resources: { limits: disk } }) }, 422, "Unsupported value"],
  ["keys in both lists", keys({ labelSelector: {}, mismatchLabelKeys: ["x"] }), 422, "in both"],
  ["keys of no selector", keys({}), 422, "must not be specified when labelSelector is not set"],
  [
    "the host's queues",
    {
      spec: spec({
        hostIPC: true,
        securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] },
      }),
    },
    422,
    "'hostIPC' is true",
  ],
  ["a claim of nothing", { spec: spec({ resourceClaims: [{ name: "a" }] }) }, 422, "must specify"],
];

const addresses = (...ips: string[]): Tree => ({
  podIP: ips[0],
  podIPs: ips.map((ip) => ({ ip })),
});
const statusVerdicts: readonly Verdict[] = [
  ["two addresses", addresses("10.1.0.7", "fd00::7"), 200, ""],
  ["what is no address", addresses("x"), 422, "status.podIPs[0]: Invalid value"],
  ["one in both forms", addresses("::ffff:1.2.3.4"), 422, mapped],
  ["two of a family", addresses("10.1.0.7", "10.1.0.8"), 422, "no more than one IP for each"],
  ["no host", { hostIP: "x", hostIPs: [{ ip: "x" }] }, 422, "status.hostIPs[0]: Invalid value"],
  [
    "two hosts",
    { hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }] },
    422,
    "must be equal to `hostIP`",
  ],
  ["no type", { conditions: [{ type: "a b", status: "True" }] }, 422, "status.conditions[0].Type"],
  ["a negative generation", { observedGeneration: -1 }, 422, "must be a non-negative integer"],
  ["no node", { nominatedNodeName: "A b" }, 422, "status.nominatedNodeName"],
];

describe("what a kube-apiserver of 1.37 says of objects", () => {
  let both: TwoWays;

  before(async () => {
    both = await TwoWays.start();
  });
  after(async () => {
    await both?.stop();
  });

  const meets = (response: string, code: number, words: string): void => {
    assert.ok(response.startsWith(`${code} `), response);
    assert.ok(response.includes(words), response);
    if (code < 300 && words === "") assert.match(response, /^\d+ \n/, "there is no warning");
  };
  const lists = { [slices]: sliceVerdicts, [newEvents]: eventVerdicts, [pods]: podVerdicts };
  for (const [path, verdicts] of Object.entries(lists)) {
    for (const [position, [what, object, code, words]] of verdicts.entries()) {
      it(`${path.split("/").at(-1)} with ${what}: ${code}`, async () => {
        const metadata = { name: `v-${position}`, ...(object.metadata as Tree | undefined) };
        meets(await both.same("POST", path, { ...object, metadata }), code, words);
      });
    }
  }

  for (const [what, status, code, words] of statusVerdicts) {
    it(`a pod's status with ${what}: ${code}`, async () => {
      const name = "status";
      await both.same("POST", pods, { metadata: { name }, spec: spec() });
      meets(await both.same("PATCH", `${pods}/${name}/status`, { status }, merge), code, words);
    });
  }

  it("Events of the system are in its namespace where they have a time", async () => {
    const namespace = "kube-system";
    await both.same("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    const path = events.replace("default", namespace);
    const about = { involvedObject: { kind: "Node" }, reason: "R", message: "m" };
    const timed = { action: "A", eventTime: time, reportingComponent: "c", reportingInstance: "i" };
    meets(await both.same("POST", path, { metadata: { name: "a" }, ...about, ...timed }), 201, "");
    const untimed = await both.same("POST", path, { metadata: { name: "b" }, ...about });
    meets(untimed, 422, "does not match event.namespace");
  });

  it("Events change by the older group, and by the newer in their series alone", async () => {
    const name = "series";
    const patch = (path: string, body: Tree) => both.same("PATCH", `${path}/${name}`, body, merge);
    meets(await both.same("POST", newEvents, event({ metadata: { name } })), 201, "");
    meets(await patch(newEvents, series(2)), 200, "");
    meets(await patch(newEvents, series(1)), 422, "should be at least 2");
    for (const change of [{ note: "m" }, { type: "Warning" }, { deprecatedCount: 2 }]) {
      meets(await patch(newEvents, change), 422, "field is immutable");
    }
    meets(await patch(events, { reason: "Q", message: "m", count: 3 }), 200, "");
    meets(await patch(events, series(1)), 200, "");
  });

  it("slices keep an address that was accepted once", async () => {
    const name = "kept";
    const made = { ...slice("fd00::1", {}, "IPv6"), metadata: { name } };
    meets(await both.same("POST", slices, made), 201, "");
    const next = slice("fd00::1", { zone: "z" }, "IPv6");
    meets(await both.same("PATCH", `${slices}/${name}`, next, merge), 200, "");
  });
});
