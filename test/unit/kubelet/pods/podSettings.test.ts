import assert from "node:assert/strict";
import type { Container, PodSpec } from "../../../../lib/api/gen/types/coreV1.js";
import type { Image } from "../../../../lib/kubelet/cri/runtime.js";
import { hostsFile } from "../../../../lib/kubelet/pods/hostsFile.js";
import { parseResolvConf, podDns } from "../../../../lib/kubelet/pods/podDns.js";
import {
  cpuQuota,
  cpuShares,
  oomScoreAdjustment,
  qosClass,
} from "../../../../lib/kubelet/pods/quality.js";
import {
  podHostname,
  type SandboxSettings,
  sandboxConfig,
} from "../../../../lib/kubelet/pods/sandboxConfig.js";
import { containerSecurity } from "../../../../lib/kubelet/pods/securityContext.js";
import { container, pod, sidecar } from "../../../support/kubelet/kubeletObjects.js";

const settings: SandboxSettings = {
  podLogsDirectory: "/var/log/pods",
  clusterDns: ["10.0.0.10"],
  clusterDomain: "cluster.local",
  resolvConf: { servers: ["1.1.1.1"], searches: ["corp"], options: ["timeout:1"] },
  nodeHostname: "node-1",
  seccompDefault: false,
};

describe("sandboxConfig", () => {
  const cluster = ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp"];
  const dns: [string, Partial<PodSpec>, ReturnType<typeof podDns>["config"]][] = [
    ["ClusterFirst", {}, { servers: ["10.0.0.10"], searches: cluster, options: ["ndots:5"] }],
    ["ClusterFirst on the host's network is Default", { hostNetwork: true }, settings.resolvConf],
    [
      "ClusterFirstWithHostNet",
      { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" },
      { servers: ["10.0.0.10"], searches: cluster, options: ["ndots:5"] },
    ],
    ["Default", { dnsPolicy: "Default" }, settings.resolvConf],
    [
      "None takes dnsConfig only",
      { dnsPolicy: "None", dnsConfig: { nameservers: ["9.9.9.9"], searches: ["x"] } },
      { servers: ["9.9.9.9"], searches: ["x"], options: [] },
    ],
    [
      "dnsConfig adds, without doubles, and its options win",
      {
        dnsConfig: {
          nameservers: ["10.0.0.10", "2.2.2.2", "3.3.3.3", "4.4.4.4"],
          options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
        },
      },
      {
        servers: ["10.0.0.10", "2.2.2.2", "3.3.3.3"],
        searches: cluster,
        options: ["ndots:2", "edns0"],
      },
    ],
  ];
  for (const [name, spec, expected] of dns) {
    it(`DNS: ${name}`, () => assert.deepEqual(podDns(pod(spec), settings).config, expected));
  }

  const warningsOf = (spec: Partial<PodSpec>, more: Partial<SandboxSettings> = {}) =>
    podDns(pod(spec), { ...settings, ...more }).warnings;
  const long = (letter: string, length: number): string => letter.repeat(length);

  it("tells of nameservers and searches that a resolver would not heed", () => {
    assert.deepEqual(warningsOf({}), []);
    const nameservers = ["2.2.2.2", "3.3.3.3", "4.4.4.4"];
    assert.deepEqual(warningsOf({ dnsConfig: { nameservers } }), [
      {
        reason: "DNSConfigForming",
        message:
          "Nameserver limits were exceeded, some nameservers have been omitted, the applied " +
          "nameserver line is: 10.0.0.10 2.2.2.2 3.3.3.3",
      },
    ]);
    const searches = [long("a", 254), "kept"];
    assert.deepEqual(
      warningsOf({ dnsPolicy: "None", dnsConfig: { nameservers: ["1.1.1.1"], searches } }),
      [
        {
          reason: "DNSConfigForming",
          message:
            "Search Line limits were exceeded, some search paths have been omitted, the applied " +
            "search line is: kept",
        },
      ],
    );
  });

  const eight = Array.from({ length: 8 }, (_one, index) => `${index}${long("a", 252)}`);
  const lists: [what: string, searches: string[], kept: number][] = [
    ["32 domains", Array.from({ length: 32 }, (_one, index) => `d${index}`), 32],
    ["no 33rd domain", Array.from({ length: 33 }, (_one, index) => `d${index}`), 32],
    // Eight of 253 with a blank after each are 2,032.
    ["2,048 characters", [...eight, long("b", 16)], 9],
    ["no more characters", [...eight, long("b", 17)], 8],
  ];
  for (const [what, searches, kept] of lists) {
    it(`lets a pod search ${what}`, () => {
      const spec = { dnsPolicy: "None", dnsConfig: { nameservers: ["1.1.1.1"], searches } };
      assert.deepEqual(podDns(pod(spec), settings).config.searches, searches.slice(0, kept));
    });
  }

  it("falls back to the node's resolv.conf without a DNS of the cluster, and tells of it", () => {
    const none = { clusterDns: [] };
    for (const dnsPolicy of ["ClusterFirst", "ClusterFirstWithHostNet"]) {
      assert.deepEqual(
        podDns(pod({ dnsPolicy }), { ...settings, ...none }).config,
        settings.resolvConf,
      );
    }
    const [warning] = warningsOf({}, none);
    assert.equal(warning?.reason, "MissingClusterDNS");
    assert.match(
      warning?.message ?? "",
      /^pod: "web_default\(u1\)"\. kubelet does not have ClusterDNS IP configured and cannot /,
    );
    assert.deepEqual(warningsOf({ dnsPolicy: "Default" }, none), []);
    assert.deepEqual(warningsOf({ hostNetwork: true }, none), []);
  });

  it("searches the root alone on a node without a resolv.conf, and not in the cluster", () => {
    const bare = {
      ...settings,
      resolvConf: { servers: ["127.0.0.1"], searches: ["."], options: [] },
    };
    assert.deepEqual(podDns(pod({ dnsPolicy: "Default" }), bare).config.searches, ["."]);
    assert.deepEqual(podDns(pod({}), bare).config.searches, cluster.slice(0, 3));
  });

  it("names the host after the pod, 63 characters at most, or as the spec says", () => {
    const nameOf = (spec: Partial<PodSpec>, name = "web") =>
      podHostname(pod(spec, { metadata: { name } }), settings);
    assert.equal(nameOf({}), "web");
    assert.equal(nameOf({ hostname: "db-0" }), "db-0");
    assert.equal(nameOf({ hostNetwork: true }), "node-1");
    assert.equal(nameOf({ hostnameOverride: "o" }), "o");
    assert.equal(nameOf({}, `${"a".repeat(62)}-b`), "a".repeat(62));
  });

  it("gives the full name where the pod wants it as its host name", () => {
    const of = pod({ hostname: "db-0", subdomain: "db", setHostnameAsFQDN: true });
    const { hostname } = sandboxConfig(of, 0, "", settings);
    assert.equal(hostname, "db-0.db.default.svc.cluster.local");
  });

  it("maps the ports of containers and sidecars, none on the host's network", () => {
    const spec = {
      containers: [container("main", { ports: [{ containerPort: 80, hostPort: 8080 }] })],
      initContainers: [sidecar("helper", { ports: [{ containerPort: 53, protocol: "UDP" }] })],
    };
    assert.deepEqual(sandboxConfig(pod(spec), 0, "", settings).portMappings, [
      { protocol: "UDP", containerPort: 53, hostPort: 0, hostIp: "" },
      { protocol: "TCP", containerPort: 80, hostPort: 8080, hostIp: "" },
    ]);
    const host = sandboxConfig(pod({ ...spec, hostNetwork: true }), 0, "", settings);
    assert.deepEqual(host.portMappings, []);
  });

  it("reads a resolv.conf", () => {
    const text =
      "# c\nnameserver 1.1.1.1\nsearch a b\nsearch c. . d\noptions ndots:1 rotate\n" +
      "; no\noptions ndots:2\nnameserver\n";
    assert.deepEqual(parseResolvConf(text), {
      servers: ["1.1.1.1"],
      searches: ["c", "d"],
      options: ["ndots:2", "rotate"],
    });
  });
});

describe("containerSecurity", () => {
  const image = (more: Partial<Image>): Image => ({
    id: "i",
    repoTags: [],
    repoDigests: [],
    sizeBytes: 1,
    uid: undefined,
    username: "",
    pinned: false,
    ...more,
  });
  const of = (own: Container["securityContext"], from: Image, spec: Partial<PodSpec> = {}) =>
    containerSecurity(pod(spec), container("main", { securityContext: own ?? {} }), from, {
      seccompDefault: false,
    });
  const where = '(pod: "web_default(u1)", container: main)';

  it("confines by AppArmor, SELinux and groups as the container, else the pod, says", () => {
    const spec = {
      securityContext: {
        appArmorProfile: { type: "Localhost", localhostProfile: "pods" },
        seLinuxOptions: { level: "s0:c1" },
        supplementalGroupsPolicy: "Strict",
      },
    };
    const shared = of({}, image({}), spec);
    assert.deepEqual(shared.appArmor, { profileType: "localhost", localhostRef: "pods" });
    assert.deepEqual(shared.seLinux, { user: "", role: "", type: "", level: "s0:c1" });
    assert.equal(shared.groupsPolicy, "strict");
    const own = of(
      { appArmorProfile: { type: "Unconfined" }, seLinuxOptions: { type: "t" } },
      image({}),
      spec,
    );
    assert.deepEqual([own.appArmor?.profileType, own.seLinux?.type], ["unconfined", "t"]);
    assert.deepEqual(
      [of({}, image({})).appArmor, of({}, image({})).groupsPolicy],
      [undefined, "merge"],
    );
  });

  const refused: [string, Container["securityContext"], Partial<Image>][] = [
    ["container has runAsNonRoot and image will run as root", {}, { uid: 0 }],
    ["container has runAsNonRoot and image will run as root", {}, {}],
    [
      "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is " +
        "non-root",
      {},
      { username: "app" },
    ],
    ["container's runAsUser breaks non-root policy", { runAsUser: 0 }, { uid: 5 }],
  ];
  for (const [message, own, from] of refused) {
    it(`refuses ${JSON.stringify({ own, from })}`, () => {
      assert.throws(() => of({ runAsNonRoot: true, ...own }, image(from)), {
        message: `${message} ${where}`,
      });
    });
  }

  it("lets a user who is not root pass", () => {
    assert.equal(of({ runAsNonRoot: true }, image({ uid: 7 })).runAsUser, 7);
    const spec = { securityContext: { runAsUser: 8, fsGroup: 9, supplementalGroups: [3] } };
    const shared = of({ runAsNonRoot: true }, image({}), spec);
    assert.deepEqual([shared.runAsUser, shared.supplementalGroups], [8, [3, 9]]);
  });

  it("masks /proc unless the container is privileged or asks for all of it", () => {
    assert.ok(of({}, image({})).maskedPaths.includes("/proc/kcore"));
    assert.deepEqual(of({ privileged: true }, image({})).maskedPaths, []);
    assert.deepEqual(of({ procMount: "Unmasked" }, image({})).readonlyPaths, []);
    assert.equal(of({ allowPrivilegeEscalation: false }, image({})).noNewPrivileges, true);
  });
});

describe("quality", () => {
  const resources = (requests?: Record<string, string>, limits?: Record<string, string>) =>
    container("main", {
      resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
    });
  const classes: [string, Container[]][] = [
    ["BestEffort", [container("main")]],
    ["BestEffort", [resources({ cpu: "0" })]],
    ["Guaranteed", [resources(undefined, { cpu: "1", memory: "1Gi" })]],
    ["Guaranteed", [resources({ cpu: "1000m", memory: "1Gi" }, { cpu: "1", memory: "1024Mi" })]],
    ["Burstable", [resources({ cpu: "1" })]],
    ["Burstable", [resources(undefined, { cpu: "1" })]],
    ["Burstable", [resources(undefined, { cpu: "1", memory: "1Gi" }), container("other")]],
  ];
  for (const [expected, containers] of classes) {
    it(`${expected}: ${JSON.stringify(containers.map((one) => one.resources))}`, () => {
      assert.equal(qosClass(pod({ containers })), expected);
    });
  }

  it("turns CPU into shares and quota within the kernel's bounds", () => {
    assert.deepEqual([0, 1, 100, 1000, 500_000].map(cpuShares), [2, 2, 102, 1024, 262_144]);
    assert.deepEqual(
      [0, 5, 10, 250].map((milli) => cpuQuota(milli)),
      [0, 1000, 1000, 25_000],
    );
  });

  it("orders the out-of-memory killer by class and request", () => {
    const score = (own: Container, spec: Partial<PodSpec> = {}) =>
      oomScoreAdjustment(pod({ containers: [own], ...spec }), own, 1024 ** 3);
    assert.equal(score(container("main")), 1000);
    assert.equal(score(resources(undefined, { cpu: "1", memory: "1Gi" })), -997);
    assert.equal(score(resources({ memory: "512Mi" })), 500);
    assert.equal(score(resources({ memory: "1Gi" })), 3);
    assert.equal(score(resources({ memory: "1" })), 999);
    assert.equal(score(container("main"), { priorityClassName: "system-node-critical" }), -997);
  });
});

describe("hostsFile", () => {
  const plain = { podIps: ["10.1.0.2"], hostname: "web", fullHostname: undefined, aliases: [] };

  it("names the pod after its addresses, then its aliases", () => {
    const text = hostsFile({
      ...plain,
      fullHostname: "web.db.default.svc.cluster.local",
      aliases: [{ ip: "1.2.3.4", hostnames: ["a", "b"] }],
      nodeHosts: undefined,
    });
    assert.ok(text.startsWith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"));
    assert.ok(
      text.endsWith(
        "\n10.1.0.2\tweb.db.default.svc.cluster.local\tweb\n\n" +
          "# Entries added by HostAliases.\n1.2.3.4\ta\tb\n",
      ),
    );
  });

  it("is the node's on the host's network", () => {
    const text = hostsFile({ ...plain, nodeHosts: "127.0.0.1 localhost\n" });
    assert.equal(text, "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n");
  });
});
