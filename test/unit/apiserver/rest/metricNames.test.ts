import assert from "node:assert/strict";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

type Row = readonly [string, string, readonly string[], (readonly number[])?];

/** Name, type, labels and buckets, as kube-apiserver 1.37 exposes them. */
const upstream: readonly Row[] = [
  [
    "apiserver_admission_controller_admission_duration_seconds",
    "histogram",
    ["name", "operation", "rejected", "type"],
    [0.005, 0.025, 0.1, 0.5, 1, 2.5],
  ],
  [
    "apiserver_admission_step_admission_duration_seconds",
    "histogram",
    ["operation", "rejected", "type"],
    [0.005, 0.025, 0.1, 0.5, 1, 2.5],
  ],
  ["apiserver_current_inflight_requests", "gauge", ["request_kind"]],
  [
    "apiserver_longrunning_requests",
    "gauge",
    ["component", "group", "resource", "scope", "subresource", "verb", "version"],
  ],
  [
    "apiserver_request_duration_seconds",
    "histogram",
    ["component", "dry_run", "group", "resource", "scope", "subresource", "verb", "version"],
    [
      0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30,
      45, 60,
    ],
  ],
  [
    "apiserver_request_sli_duration_seconds",
    "histogram",
    ["component", "group", "resource", "scope", "subresource", "verb", "version"],
    [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
  ],
  [
    "apiserver_request_total",
    "counter",
    [
      "code",
      "component",
      "dry_run",
      "group",
      "resource",
      "scope",
      "subresource",
      "verb",
      "version",
    ],
  ],
  [
    "apiserver_requested_deprecated_apis",
    "gauge",
    ["group", "removed_release", "resource", "subresource", "version"],
  ],
  ["apiserver_resource_objects", "gauge", ["group", "resource"]],
  [
    "apiserver_response_sizes",
    "histogram",
    ["component", "group", "resource", "scope", "subresource", "verb", "version"],
    [1000, 10000, 100000, 1000000.0, 10000000.0, 100000000.0, 1000000000.0],
  ],
  ["apiserver_storage_objects", "gauge", ["resource"]],
  ["apiserver_storage_size_bytes", "gauge", ["storage_cluster_id"]],
  [
    "apiserver_watch_events_sizes",
    "histogram",
    ["group", "resource", "version"],
    [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072],
  ],
  ["apiserver_watch_events_total", "counter", ["group", "resource", "version"]],
  ["authenticated_user_requests", "counter", ["username"]],
  ["authentication_attempts", "counter", ["result"]],
  [
    "authentication_duration_seconds",
    "histogram",
    ["result"],
    [
      0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
      8.192, 16.384,
    ],
  ],
  ["authorization_attempts_total", "counter", ["result"]],
  [
    "authorization_duration_seconds",
    "histogram",
    ["result"],
    [
      0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
      8.192, 16.384,
    ],
  ],
  [
    "etcd_request_duration_seconds",
    "histogram",
    ["group", "operation", "resource"],
    [
      0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30,
      45, 60,
    ],
  ],
  ["etcd_requests_total", "counter", ["group", "operation", "resource"]],
  [
    "kubernetes_build_info",
    "gauge",
    [
      "build_date",
      "compiler",
      "git_commit",
      "git_tree_state",
      "git_version",
      "go_version",
      "major",
      "minor",
      "platform",
    ],
  ],
  ["process_cpu_seconds_total", "counter", []],
  ["process_max_fds", "gauge", []],
  ["process_open_fds", "gauge", []],
  ["process_resident_memory_bytes", "gauge", []],
  ["process_start_time_seconds", "gauge", []],
  ["process_virtual_memory_bytes", "gauge", []],
  ["version_info", "gauge", ["binary", "component", "emulation", "min_compat"]],
];

interface Seen {
  readonly type: string;
  readonly labels: Set<string>;
  readonly buckets: Set<number>;
}

function parse(text: string): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const line of text.split("\n")) {
    const typed = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (typed !== null) {
      const type = typed[2] ?? "";
      seen.set(typed[1] ?? "", { type, labels: new Set(), buckets: new Set() });
      continue;
    }
    const [, name = "", labels = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? /.exec(line) ?? [];
    const metric = seen.get(name) ?? seen.get(name.replace(/_(bucket|sum|count)$/, ""));
    for (const [, label = "", value = ""] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      if (label !== "le") metric?.labels.add(label);
      else if (value !== "+Inf") metric?.buckets.add(Number(value));
    }
  }
  return seen;
}

describe("the API server's metrics", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let text = "";

  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
    const maps = "/api/v1/namespaces/default/configmaps";
    await rest.call(maps, { method: "POST", body: { metadata: { name: "a" } } });
    await rest.call(maps);
    await rest.call("/api/v1/endpoints");
    await rest.call("/livez");
    await rest.call(`${maps}?watch=1&timeoutSeconds=-1`);
    await rest.call(maps, { method: "DELETE" });
    await rest.call("/metrics");
    text = (await rest.call("/metrics")).text();
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  for (const [name, type, labels, buckets] of upstream) {
    it(`have ${name} as upstream`, () => {
      const seen = parse(text).get(name);
      assert.equal(seen?.type, type);
      // What nobody asked for yet has no series to look at.
      if ((seen?.labels.size ?? 0) > 0) assert.deepEqual([...(seen?.labels ?? [])].sort(), labels);
      if ((seen?.buckets.size ?? 0) > 0) assert.deepEqual([...(seen?.buckets ?? [])], buckets);
    });
  }

  it("count what was asked for, under upstream's label values", () => {
    const sample = (name: string, ...pairs: string[]) =>
      text
        .split("\n")
        .find((line) => line.startsWith(name) && pairs.every((pair) => line.includes(pair)))
        ?.split(" ")
        .at(-1);
    const maps = 'resource="configmaps"';
    assert.equal(sample("apiserver_request_total", maps, 'verb="DELETE"', 'code="200"'), "1");
    const livez = ['subresource="/livez"', 'component=""'];
    assert.equal(sample("apiserver_request_total", ...livez), "1");
    assert.equal(sample("apiserver_response_sizes_count", maps, 'verb="LIST"'), "1");
    assert.equal(sample("apiserver_requested_deprecated_apis", 'resource="endpoints"'), "1");
    assert.equal(sample("apiserver_storage_objects", 'resource="namespaces"'), "4");
    assert.equal(sample("apiserver_storage_objects", 'resource="deployments.apps"'), "0");
    const plugin = ['name="NamespaceLifecycle"', 'operation="CREATE"', 'rejected="false"'];
    const plugins = "apiserver_admission_controller_admission_duration_seconds_count";
    assert.ok(Number(sample(plugins, ...plugin)) > 0);
    assert.equal(sample("version_info", 'binary="1.37"'), "1");
  });
});
