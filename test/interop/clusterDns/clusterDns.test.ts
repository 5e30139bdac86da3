import assert from "node:assert/strict";
import { clientImage, clientImageArchive } from "../../support/dns/dnsImages.js";
import { until } from "../../support/nodes/until.js";
import {
  type Traces,
  type UpRig,
  upWithWeb,
  upWebImage as webImage,
} from "../../support/nodes/upRig.js";

const clients = ["client-0", "client-1"] as const;
const dns = "10.96.0.10";
const domain = "svc.cluster.local";
const search = `search default.${domain} ${domain} cluster.local`;

function client(name: string, node: string, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "client", image: clientImage }],
      ...spec,
    },
  };
}

/** Two pods with names of their own, one on each node. */
function webs(): object {
  const labels = { app: "web" };
  const spread = { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" };
  const ports = [{ name: "http", containerPort: 8000 }];
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web" },
    spec: {
      ...{ replicas: 2, serviceName: "peers", podManagementPolicy: "Parallel" },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: "web", image: webImage, ports }],
          terminationGracePeriodSeconds: 0,
          topologySpreadConstraints: [
            { ...spread, maxSkew: 1, labelSelector: { matchLabels: labels } },
          ],
        },
      },
    },
  };
}

function service(name: string, spec: object): object {
  const ports = [{ name: "http", port: 80, targetPort: "http" }];
  const own = { selector: { app: "web" }, ports };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ...own, ...spec } };
}

describe("cluster DNS of steersman up", function () {
  this.timeout(900_000);
  let rig: UpRig;
  let clean: Traces;
  let said = "";

  before(async function () {
    const flags = ["--runtime", "containerd", "--nodes", "2"];
    ({ rig, clean, said } = await upWithWeb(this, { flags }));
    rig.loadImage("client", clientImageArchive(rig.directory));
    const hostNetwork = { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" };
    const external = { type: "ExternalName", externalName: "example.org", selector: {}, ports: [] };
    rig.apply(
      webs(),
      service("web", {}),
      service("peers", { clusterIP: "None" }),
      service("elsewhere", external),
      client("client-0", "node-0"),
      client("client-1", "node-1"),
      client("on-host", "node-1", hostNetwork),
    );
    rig.kubectl("rollout", "status", "statefulset/web", "--timeout=240s");
    rig.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=240s");
  });

  after(async () => {
    await rig?.close();
  });

  const field = (what: string, path: string): string =>
    rig.kubectl("get", ...what.split(" "), "-o", `jsonpath={${path}}`);
  const run = (pod: string, ...command: string[]): string =>
    rig.kubectl("exec", pod, "--", ...command).trim();
  const dig = (pod: string, ...question: string[]): string[] =>
    run(pod, "dig", "+short", "+timeout=2", ...question)
      .split("\n")
      .filter(Boolean)
      .sort();
  /** What a command with a failing exit code has written. */
  function failure(pod: string, ...command: string[]): string {
    try {
      rig.kubectl("exec", pod, "--", ...command);
    } catch (error) {
      return String((error as { stderr?: string }).stderr);
    }
    return assert.fail(`${command.join(" ")} succeeded`);
  }
  const address = (): string => field("service web", ".spec.clusterIP");
  const podAddress = (name: string): string => field(`pod ${name}`, ".status.podIP");

  it("is there when `up` is ready, and said so", () => {
    assert.match(said, /^dns {4}10\.96\.0\.10 for cluster\.local$/m);
    const labels = field("service kube-dns -n kube-system", ".metadata.labels.k8s-app");
    assert.equal(labels, "kube-dns");
    assert.equal(field("service kube-dns -n kube-system", ".spec.clusterIP"), dns);
    assert.match(rig.kubectl("cluster-info"), /KubeDNS.* is running at /);
  });

  for (const pod of [...clients, "on-host"]) {
    for (const library of ["glibc", "musl"]) {
      it(`resolves Services by ${library}, from ${pod}`, () => {
        const whole = `web.default.${domain}`;
        const names = ["web", "web.default", "web.default.svc", whole, `${whole}.`];
        for (const name of names) {
          assert.equal(run(pod, `resolve-${library}`, name), address(), name);
        }
        assert.equal(run(pod, `resolve-${library}`, "kubernetes.default"), "10.96.0.1");
        assert.match(
          failure(pod, `resolve-${library}`, `nobody.default.${domain}`),
          /(?:Name does not resolve|Name or service not known|No address)/,
        );
      });

      it(`resolves headless Services and their pods by ${library}, from ${pod}`, () => {
        const [first, second] = [podAddress("web-0"), podAddress("web-1")];
        const all = run(pod, `resolve-${library}`, "peers").split("\n").sort();
        assert.deepEqual(all, [first, second].sort());
        assert.equal(run(pod, `resolve-${library}`, "web-0.peers"), first);
        assert.equal(run(pod, `resolve-${library}`, `web-1.peers.default.${domain}`), second);
      });

      it(`resolves addresses by ${library}, from ${pod}`, () => {
        const name = (ip: string): string => run(pod, `resolve-${library}`, "-x", ip);
        assert.equal(name(address()), `web.default.${domain}`);
      });
    }

    it(`answers SRV, PTR, CNAME and names of pods, over UDP and TCP, to ${pod}`, () => {
      for (const transport of ["+notcp", "+tcp"]) {
        const ask = (...question: string[]): string[] => dig(pod, transport, ...question);
        assert.deepEqual(ask("SRV", `_http._tcp.web.default.${domain}`), [
          `0 100 80 web.default.${domain}.`,
        ]);
        assert.deepEqual(ask("SRV", `_http._tcp.peers.default.${domain}`), [
          `0 50 8000 web-0.peers.default.${domain}.`,
          `0 50 8000 web-1.peers.default.${domain}.`,
        ]);
        assert.deepEqual(ask("-x", address()), [`web.default.${domain}.`]);
        assert.ok(ask("-x", podAddress("web-1")).includes(`web-1.peers.default.${domain}.`));
        assert.deepEqual(ask("CNAME", `elsewhere.default.${domain}`), ["example.org."]);
        const ip = podAddress("web-0");
        const name = `${ip.replaceAll(".", "-")}.default.pod.cluster.local`;
        assert.deepEqual(ask("A", name), [ip]);
        assert.deepEqual(ask("A", `nobody.default.${domain}`), []);
        assert.deepEqual(ask("AAAA", `web.default.${domain}`), []);
      }
    });

    it(`leads HTTP to pods of both nodes by the Service's name, from ${pod}`, async () => {
      const seen = new Set<string>();
      await until("answers of both", () => {
        const page = run(pod, "curl", "-sSf", "-m", "3", "http://web/cgi-bin/who");
        seen.add(page.split(" ")[0] ?? "");
        return seen.size === 2;
      });
      assert.deepEqual([...seen].sort(), ["web-0", "web-1"]);
      const direct = run(pod, "curl", "-sSf", "-m", "3", "http://web-1.peers:8000/cgi-bin/who");
      assert.match(direct, /^web-1 sees /);
    });
  }

  const config = {
    nameservers: ["192.0.2.1"],
    searches: ["a.example"],
    options: [{ name: "edns0" }],
  };
  const policies: [name: string, spec: object, lines: (node: string) => string[]][] = [
    ["cluster-first", {}, () => [`nameserver ${dns}`, "options ndots:5", search]],
    [
      "no-policy",
      { dnsPolicy: "None", dnsConfig: config },
      () => ["nameserver 192.0.2.1", "options edns0", "search a.example"],
    ],
    [
      "more",
      { dnsConfig: config },
      () => [
        `nameserver ${dns}`,
        "nameserver 192.0.2.1",
        "options ndots:5 edns0",
        `${search} a.example`,
      ],
    ],
    ["host-first", { hostNetwork: true }, (node) => node.split("\n")],
    ["node-default", { dnsPolicy: "Default" }, (node) => node.split("\n")],
  ];
  for (const [name, spec, lines] of policies) {
    it(`writes the resolv.conf of a pod: ${name}`, () => {
      rig.apply(client(name, "node-1", spec));
      rig.kubectl("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=240s");
      const meaningful = (text: string): string[] =>
        text
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => /^(?:nameserver|search|options)/.test(line));
      const node = meaningful(rig.inside("cat", "/etc/resolv.conf")).join("\n");
      const searches = /^search (.*)$/m.exec(node)?.[1];
      // What the machine itself searches comes after the cluster's.
      const wanted = lines(node).map((line) =>
        line.startsWith(search) && searches ? line.replace(search, `${search} ${searches}`) : line,
      );
      const written = meaningful(run(name, "cat", "/etc/resolv.conf"));
      assert.deepEqual(written.sort(), wanted.filter(Boolean).sort());
    });
  }

  async function resolves(): Promise<void> {
    for (const pod of clients) {
      await until(`${pod} to resolve`, () => {
        try {
          return run(pod, "getent", "ahostsv4", "web").includes(address());
        } catch {
          return false;
        }
      });
    }
  }

  it("comes back when its process is killed", async () => {
    const [pid] = rig.processesOf("dns", "steersman.js");
    process.kill(pid ?? assert.fail("no process"), "SIGKILL");
    await until("another process", () => {
      const [now] = rig.processesOf("dns", "steersman.js");
      return now !== undefined && now !== pid;
    });
    await resolves();
  });

  it("comes back when its Service is deleted, at the same address", async () => {
    const uid = field("service kube-dns -n kube-system", ".metadata.uid");
    rig.kubectl("delete", "service", "kube-dns", "-n", "kube-system");
    await until("another Service", () => {
      const names = ["service", "kube-dns", "-n", "kube-system", "--ignore-not-found"];
      const now = rig.kubectl("get", ...names, "-o", "jsonpath={.metadata.uid}");
      return now !== "" && now !== uid;
    });
    assert.equal(field("service kube-dns -n kube-system", ".spec.clusterIP"), dns);
    await resolves();
  });

  it("may do nothing beside that", () => {
    const can = (...what: string[]): string => {
      const as = ["auth", "can-i", ...what, "--as", "system:cluster-dns"];
      try {
        return rig.kubectl(...as).trim();
      } catch (error) {
        return String((error as { stdout?: string }).stdout).trim();
      }
    };
    assert.equal(can("watch", "services", "--all-namespaces"), "yes");
    for (const what of ["get secrets", "list pods", "update services", "delete endpointslices"]) {
      assert.equal(can(...what.split(" "), "-n", "default"), "no", what);
    }
    assert.equal(can("get", "secrets", "-n", "kube-system"), "no");
  });

  it("leaves nothing behind on SIGTERM, and is there again with the same address", async () => {
    assert.equal(await rig.end("SIGTERM"), 0);
    assert.deepEqual(rig.traces(), clean);
    assert.match(await rig.up("--nodes", "2"), /^dns {4}10\.96\.0\.10 for cluster\.local$/m);
    assert.equal(slices().length, 1);
  });

  const slices = (): string[] => {
    const of = ["-l", "kubernetes.io/service-name=kube-dns", "-n", "kube-system", "-o", "name"];
    return rig
      .kubectl("get", "endpointslices", ...of)
      .trim()
      .split("\n")
      .filter(Boolean);
  };

  it("is one process and one endpoint after kill -9", async () => {
    assert.equal(await rig.end("SIGKILL"), "SIGKILL");
    await rig.up("--nodes", "2");
    assert.equal(rig.processesOf("dns", "steersman.js").length, 1);
    assert.equal(slices().length, 1);
    await resolves();
  });

  it("takes back what it made with --cluster-dns none", async () => {
    assert.equal(await rig.end("SIGKILL"), "SIGKILL");
    assert.match(await rig.up("--nodes", "2", "--cluster-dns", "none"), /^dns {4}none$/m);
    assert.deepEqual(rig.processesOf("dns", "steersman.js"), []);
    assert.deepEqual(slices(), []);
    assert.equal(rig.kubectl("get", "services", "-n", "kube-system", "-o", "name"), "");
    rig.apply(client("without", "node-1"));
    rig.kubectl("wait", "--for=condition=Ready", "pod/without", "--timeout=240s");
    assert.ok(!run("without", "cat", "/etc/resolv.conf").includes(dns));
    await until("the event", () => /MissingClusterDNS/.test(rig.kubectl("get", "events")));
  });

  it("takes another address where its own is a Service's, and says whose", async () => {
    rig.apply(service("early", { clusterIP: dns }));
    assert.equal(await rig.end("SIGTERM"), 0);
    const output = await rig.up("--nodes", "2");
    const line = /^dns {4}(10\.[\d.]+) for cluster\.local: the Service default\/early has /m;
    const [, other] = line.exec(output) ?? assert.fail(output);
    assert.notEqual(other, dns);
    rig.apply(client("late", "node-1"));
    rig.kubectl("wait", "--for=condition=Ready", "pod/late", "--timeout=240s");
    assert.equal(run("late", "resolve-musl", "web"), address());
  });
});
