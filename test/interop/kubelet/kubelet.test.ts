import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Event, Pod } from "../../../lib/api/gen/types/coreV1.js";
import { pauseImageName } from "../../../lib/cluster/nodes/pauseImage.js";
import { busyboxImage, NodeRig, rigAddress, startRig } from "../../support/nodes/nodeRig.js";
import { until } from "../../support/nodes/until.js";

const hierarchy = "/sys/fs/cgroup";
const isV2 = existsSync(join(hierarchy, "cgroup.controllers"));

interface Wanted {
  readonly script: string;
  readonly more?: object;
}

function pod(name: string, container: Wanted, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      nodeName: rigAddress,
      terminationGracePeriodSeconds: 3,
      containers: [
        {
          name: "main",
          image: busyboxImage,
          imagePullPolicy: "Never",
          command: ["sh", "-c", container.script],
          ...container.more,
        },
      ],
      ...spec,
    },
  };
}

describe("the kubelet on a real node", function () {
  this.timeout(600_000);
  const rig = new NodeRig();

  before(async function () {
    const config = {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      authentication: { anonymous: { enabled: true } },
      authorization: { mode: "AlwaysAllow" },
      containerLogMaxSize: "20Ki",
      containerLogMaxFiles: 3,
      containerLogMonitorInterval: "1s",
    };
    await startRig(this, rig, () => {
      const path = join(rig.directory, "config.json");
      writeFileSync(path, JSON.stringify(config));
      return { kubeletFlags: [`--config=${path}`] };
    });
  });
  after(() => rig.stop());

  function read(name: string): Pod | undefined {
    const answer = rig.kubectl("get", "pod", name, "-o", "json");
    return answer.status === 0 ? (JSON.parse(answer.stdout) as Pod) : undefined;
  }
  const statusOf = (name: string) => read(name)?.status?.containerStatuses?.[0];
  const isReady = (name: string): boolean => statusOf(name)?.ready === true;
  function eventsOf(name: string): string[] {
    const answer = rig.kubectl(
      ...["get", "events", "-o", "json", "--field-selector", `involvedObject.name=${name}`],
    );
    const { items } = JSON.parse(answer.stdout) as { items: Event[] };
    return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  }
  /** What happened is told later than its consequence shows, and by another request. */
  const untilTold = (name: string, line: string): Promise<void> =>
    until(`${name} to have "${line}"`, () => eventsOf(name).includes(line));
  const exec = (name: string, script: string): void => {
    const answer = rig.kubectl("exec", name, "--", "sh", "-c", script);
    assert.equal(answer.status, 0, answer.stderr);
  };
  const remove = (name: string): void => {
    const answer = rig.kubectl("delete", "pod", name, "--wait");
    assert.equal(answer.status, 0, answer.stderr);
  };

  it("runs a pod in the host's network, and refuses a second one with its port", async () => {
    const more = { ports: [{ containerPort: 31_017 }] };
    const spec = { hostNetwork: true };
    await rig.apply(pod("host", { script: "hostname; sleep 3600", more }, spec));
    await until("the pod in the host's network", () => isReady("host"));
    assert.equal(read("host")?.status?.podIP, read("host")?.status?.hostIP);
    await rig.apply(pod("second", { script: "sleep 3600", more }, spec));
    await until("the second to be refused", () => read("second")?.status?.phase === "Failed");
    const { reason, message } = read("second")?.status ?? {};
    const why = "node(s) didn't have free ports for the requested pod ports";
    assert.deepEqual(
      [reason, message],
      ["NodePorts", `Pod was rejected: Predicate NodePorts failed: ${why}`],
    );
    await untilTold("second", `Warning NodePorts: Predicate NodePorts failed: ${why}`);
    remove("host");
    remove("second");
  });

  it("binds subPaths of its own, takes them away with the pod, and refuses bad ones", async () => {
    const volumes = [{ name: "data", emptyDir: {} }];
    const all = { name: "data", mountPath: "/all" };
    const part = { name: "data", mountPath: "/part", subPath: "x/y" };
    const script = "echo seen > /part/f; cat /all/x/y/f > /dev/termination-log; sleep 3600";
    await rig.apply(pod("part", { script, more: { volumeMounts: [all, part] } }, { volumes }));
    await until("the pod with a subPath", () => isReady("part"));
    const uid = read("part")?.metadata.uid ?? "";
    const mounts = (): string[] => {
      const [command = "", ...args] = rig.inside(["cat", "/proc/self/mountinfo"], "node");
      const table = spawnSync(command, args, { encoding: "utf8" }).stdout;
      return table.split("\n").filter((line) => line.includes(`${uid}/`));
    };
    assert.equal(mounts().filter((line) => line.includes("/volume-subpaths/")).length, 1);
    const seen = rig.kubectl("exec", "part", "--", "cat", "/all/x/y/f", "/part/f");
    assert.equal(seen.stdout, "seen\nseen\n");
    const bad = { ...part, subPath: undefined, subPathExpr: "$(WHERE)" };
    const env = [{ name: "WHERE", value: "/tmp" }];
    await rig.apply(pod("bad", { script, more: { env, volumeMounts: [bad] } }, { volumes }));
    await until("the bad one to wait", () => statusOf("bad")?.state?.waiting?.reason !== undefined);
    await untilTold(
      "bad",
      "Warning Failed: Error: error SubPath `/tmp` must not be an absolute path",
    );
    assert.deepEqual(statusOf("bad")?.state?.waiting, {
      reason: "CreateContainerConfigError",
      message: "error SubPath `/tmp` must not be an absolute path",
    });
    remove("part");
    remove("bad");
    await until("the pod to be gone", () => read("part") === undefined);
    assert.deepEqual(mounts(), []);
  });

  describe("hooks", () => {
    it("runs postStart before the container is ready, and preStop before its end", async () => {
      const shared = join(rig.directory, "shared");
      mkdirSync(shared);
      const words = (): string => readFileSync(join(shared, "words"), "utf8");
      const script =
        "trap 'echo term >> /shared/words; exit 0' TERM; while true; do sleep 0.1; done";
      const lifecycle = {
        postStart: { exec: { command: ["sh", "-c", "sleep 1; echo start >> /shared/words"] } },
        preStop: { exec: { command: ["sh", "-c", "echo stop >> /shared/words; sleep 1"] } },
      };
      const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
      const volumes = [{ name: "shared", hostPath: { path: shared } }];
      await rig.apply(pod("hooked", { script, more: { lifecycle, volumeMounts } }, { volumes }));
      await until("the pod to be ready", () => isReady("hooked"));
      assert.equal(words(), "start\n");
      remove("hooked");
      assert.equal(words(), "start\nstop\nterm\n");
    });

    it("kills a container whose postStart fails, and says so without its words", async () => {
      const lifecycle = { postStart: { exec: { command: ["sh", "-c", "echo secret; exit 3"] } } };
      const wanted = { script: "trap 'exit 0' TERM; while true; do sleep 0.1; done" };
      await rig.apply(pod("refused", { ...wanted, more: { lifecycle } }));
      await until("it to be started again", () => (statusOf("refused")?.restartCount ?? 0) > 0);
      await untilTold("refused", "Warning FailedPostStartHook: PostStartHook failed");
      await untilTold("refused", "Normal Killing: FailedPostStartHook");
      assert.ok(!eventsOf("refused").join().includes("secret"));
      remove("refused");
    });
  });

  describe("probes", () => {
    it("finds a server ready by a named port, then not, then ready again", async () => {
      const readinessProbe = {
        httpGet: { path: "/ready?x=1", port: "web" },
        periodSeconds: 1,
        failureThreshold: 1,
      };
      const startupProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
      const ports = [{ name: "web", containerPort: 8080 }];
      const waits = "while ! [ -e /tmp/go ]; do sleep 0.1; done";
      const script = `mkdir /tmp/www; ${waits}; httpd -f -p 8080 -h /tmp/www`;
      await rig.apply(pod("served", { script, more: { readinessProbe, startupProbe, ports } }));
      const early = () => eventsOf("served").find((line) => line.includes("Startup probe failed"));
      await until("the server to be looked for in vain", () => early() !== undefined);
      assert.match(early() ?? "", /dial tcp 10\.20\.0\.\d+:8080: connect: connection refused$/);
      exec("served", "touch /tmp/go");
      const failure =
        "Warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404";
      await untilTold("served", failure);
      await until("it to have started", () => statusOf("served")?.started === true);
      assert.equal(isReady("served"), false);
      exec("served", "echo yes > /tmp/www/ready");
      await until("the pod to be ready", () => isReady("served"));
      exec("served", "rm /tmp/www/ready");
      await until("the pod not to be ready", () => !isReady("served"));
      remove("served");
    });

    it("restarts a container whose command fails, and one whose command takes too long", async () => {
      const alive = { exec: { command: ["cat", "/tmp/$(FILE)"] } };
      const often = { periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 1 };
      const env = [{ name: "FILE", value: "alive" }];
      const script = "touch /tmp/alive; while true; do sleep 1; done";
      const initialDelaySeconds = 1;
      await rig.apply(
        pod("asked", {
          script,
          more: { env, livenessProbe: { ...alive, ...often, initialDelaySeconds } },
        }),
        pod("slow", {
          script: "while true; do sleep 1; done",
          more: { livenessProbe: { exec: { command: ["sleep", "9"] }, ...often } },
        }),
      );
      await until("both to run", () => isReady("asked") && isReady("slow"));
      assert.equal(statusOf("asked")?.restartCount, 0);
      exec("asked", "rm /tmp/alive");
      await until("both to be started again", () =>
        ["asked", "slow"].every((name) => (statusOf(name)?.restartCount ?? 0) > 0),
      );
      await untilTold(
        "asked",
        "Normal Killing: Container main failed liveness probe, will be restarted",
      );
      const late =
        'Warning Unhealthy: Liveness probe failed: command timed out: "sleep 9" timed out after 1s';
      await untilTold("slow", late);
      remove("asked");
      remove("slow");
    });
  });

  describe("what a node accumulates", () => {
    const logsOf = (name: string): string =>
      `/var/log/pods/default_${name}_${read(name)?.metadata.uid}/main`;

    it("rotates a container's log, and goes on giving it", async () => {
      const script =
        "i=0; while true; do i=$((i+1)); echo line $i; [ $((i % 200)) = 0 ] && sleep 0.3; done";
      await rig.apply(pod("talkative", { script }));
      await until("the pod to be ready", () => isReady("talkative"));
      const directory = logsOf("talkative");
      await until("compressed logs", () =>
        readdirSync(directory).some((one) => one.endsWith(".gz")),
      );
      const last = (): number => {
        const answer = rig.kubectl("logs", "talkative", "--tail=1");
        return Number(/^line (\d+)$/m.exec(answer.stdout)?.[1]);
      };
      // A log that was made a moment ago has no line yet.
      let before = Number.NaN;
      await until("a line", () => {
        before = last();
        return !Number.isNaN(before);
      });
      await until("another line", () => last() > before);
      // The log that is written, the one before it, and one compressed; a moment's own beside them.
      const seen = readdirSync(directory).filter((one) => !one.endsWith(".tmp"));
      assert.ok(seen.length <= 4, String(seen));
      remove("talkative");
      assert.ok(!existsSync(directory));
    });

    it("keeps one ended instance of a container that crashes, with its log", async () => {
      await rig.apply(pod("crashing", { script: "echo run; exit 1" }));
      await until("two restarts", () => (statusOf("crashing")?.restartCount ?? 0) >= 2);
      const directory = logsOf("crashing");
      await until("old logs to go", () => readdirSync(directory).length === 1);
      // A container that starts again just now makes another one the previous.
      await until("the log of the one before", () => {
        return rig.kubectl("logs", "crashing", "--previous").stdout === "run\n";
      });
      remove("crashing");
    });
  });

  /** A cgroup's file; on v1 of the controller's hierarchy. */
  const cgroupFile = (controller: string, path: string, file: string): string =>
    readFileSync(join(hierarchy, isV2 ? "" : controller, path, file), "utf8").trim();

  describe("cgroups and what is told of them", () => {
    let uid = "";
    let pods = "";
    const resources = {
      limits: { cpu: "200m", memory: "64Mi" },
      requests: { cpu: "200m", memory: "64Mi" },
    };
    const small = { requests: { cpu: "100m" } };

    before(async () => {
      pods = `/${rig.name}/kubepods`;
      const script = "head -c 4000000 /dev/urandom > /tmp/data; while true; do sleep 1000; done";
      await rig.apply(
        pod("limited", { script, more: { resources } }),
        pod("small", { script: "while true; do sleep 1000; done", more: { resources: small } }),
      );
      await until("the pods to be ready", () => isReady("limited") && isReady("small"));
      uid = read("limited")?.metadata.uid ?? "";
    });
    after(() => {
      remove("limited");
      remove("small");
    });

    it("limits the pod, its class and its container", function () {
      if (isV2) this.skip();
      const own = `${pods}/pod${uid}`;
      const container = statusOf("limited")?.containerID?.split("//")[1] ?? "";
      for (const path of [own, `${own}/${container}`]) {
        assert.equal(cgroupFile("cpu", path, "cpu.shares"), "204");
        assert.equal(cgroupFile("cpu", path, "cpu.cfs_quota_us"), "20000");
        assert.equal(cgroupFile("memory", path, "memory.limit_in_bytes"), String(64 * 2 ** 20));
      }
      assert.equal(cgroupFile("cpu", `${pods}/burstable`, "cpu.shares"), "102");
      assert.equal(cgroupFile("cpu", `${pods}/besteffort`, "cpu.shares"), "2");
      assert.ok(
        existsSync(join(hierarchy, "cpu", `${pods}/burstable/pod${read("small")?.metadata.uid}`)),
      );
    });

    it("tells what containers were given", () => {
      const status = statusOf("limited");
      assert.deepEqual(status?.allocatedResources, resources.requests);
      assert.deepEqual(status?.resources, resources);
    });

    const page = (path: string): string =>
      rig.run(["curl", "-sfk", `https://${rigAddress}:10250${path}`]);
    const number = (controller: string, path: string, file: string): number =>
      Number(cgroupFile(controller, path, file));

    /**
     * Looks until the cgroup's memory has the same number before and after, and the check holds.
     * The kernel moves a few pages at any time, also there and back between the two readings: one
     * look proves nothing, a number that is told wrongly never fits.
     */
    async function steady<T>(
      path: string,
      look: () => T,
      check: (usage: number, seen: T) => void,
    ): Promise<void> {
      const file = isV2 ? "memory.current" : "memory.usage_in_bytes";
      let failure: unknown = new Error("memory never stood still");
      for (let tries = 0; tries < 50; tries++) {
        const usage = number("memory", path, file);
        const seen = look();
        if (number("memory", path, file) !== usage) continue;
        try {
          check(usage, seen);
          return;
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    }
    function inactive(path: string): number {
      const name = isV2 ? "inactive_file" : "total_inactive_file";
      const text = cgroupFile("memory", path, "memory.stat");
      return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    }
    const cpuNanos = (path: string): number =>
      isV2
        ? Number(/usage_usec (\d+)/.exec(cgroupFile("", path, "cpu.stat"))?.[1]) * 1000
        : number("cpuacct", path, "cpuacct.usage");

    function paths(): { own: string; container: string } {
      const own = `${pods}/pod${uid}`;
      return { own, container: `${own}/${statusOf("limited")?.containerID?.split("//")[1]}` };
    }

    it("/stats/summary has the cgroups' numbers", async () => {
      const { own, container } = paths();
      interface Stats {
        cpu: { usageCoreNanoSeconds: number };
        memory: Record<"usageBytes" | "workingSetBytes" | "availableBytes", number>;
      }
      const look = () => {
        const cpu = [cpuNanos(own), cpuNanos(container)];
        const { pods: all } = JSON.parse(page("/stats/summary")) as {
          pods: (Stats & { podRef: { name: string }; containers: Stats[] })[];
        };
        const told = all.find((one) => one.podRef.name === "limited");
        assert.ok(told);
        return { cpu, told, later: [cpuNanos(own), cpuNanos(container)] };
      };
      for (const [path, index] of [
        [own, 0],
        [container, 1],
      ] as const) {
        await steady(path, look, (usage, seen) => {
          const { cpu, memory } = index === 0 ? seen.told : (seen.told.containers[0] as Stats);
          assert.equal(memory.usageBytes, usage);
          assert.equal(memory.workingSetBytes, usage - inactive(path));
          assert.equal(memory.availableBytes, 64 * 2 ** 20 - memory.workingSetBytes);
          const used = cpu.usageCoreNanoSeconds;
          assert.ok(used >= (seen.cpu[index] ?? 0) && used <= (seen.later[index] ?? 0), `${used}`);
        });
      }
    });

    it("/metrics/cadvisor and /metrics/resource have them too", async () => {
      const { own, container } = paths();
      const value = (text: string, name: string, labels: string): number => {
        const line = text
          .split("\n")
          .find((one) => one.startsWith(`${name}{`) && one.includes(labels));
        assert.ok(line, `${name}{…${labels}…}`);
        return Number(/\} (\S+)/.exec(line)?.[1]);
      };
      for (const [path, kind, labels] of [
        [own, "pod", 'namespace="default",pod="limited"}'],
        [container, "container", 'container="main",namespace="default",pod="limited"}'],
      ] as const) {
        const look = () => {
          const before = cpuNanos(path);
          const pages = {
            cadvisor: page("/metrics/cadvisor"),
            resource: page("/metrics/resource"),
          };
          return { before, ...pages, after: cpuNanos(path) };
        };
        const id = `id="${path}"`;
        await steady(path, look, (usage, seen) => {
          assert.equal(value(seen.cadvisor, "container_memory_usage_bytes", id), usage);
          const working = usage - inactive(path);
          assert.equal(value(seen.cadvisor, "container_memory_working_set_bytes", id), working);
          assert.equal(value(seen.resource, `${kind}_memory_working_set_bytes`, labels), working);
          for (const nanos of [
            value(seen.cadvisor, "container_cpu_usage_seconds_total", id) * 1e9,
            value(seen.resource, `${kind}_cpu_usage_seconds_total`, labels) * 1e9,
          ]) {
            // Seconds are a double: exact to some nanoseconds.
            assert.ok(nanos >= seen.before - 1000 && nanos <= seen.after + 1000, `${nanos}`);
          }
        });
      }
      const whole = value(
        page("/metrics/cadvisor"),
        "container_spec_memory_limit_bytes",
        `id="${own}"`,
      );
      assert.equal(whole, 64 * 2 ** 20);
    });
  });
});

describe("the kubelet of a node whose disk is full", function () {
  this.timeout(600_000);
  const rig = new NodeRig();

  before(async function () {
    const thresholds = ["--image-gc-high-threshold=1", "--image-gc-low-threshold=0"];
    await startRig(this, rig, () => ({ kubeletFlags: thresholds }));
  });
  after(() => rig.stop());

  it("removes images that nothing uses, and leaves the sandbox's", async () => {
    const names = (): string[] => {
      const answer = rig.kubectl("get", "node", rigAddress, "-o", "json");
      const { status } = JSON.parse(answer.stdout) as {
        status: { images?: { names: string[] }[] };
      };
      return (status.images ?? []).flatMap((image) => image.names).sort();
    };
    await until("the unused image to go", () => !names().includes(busyboxImage));
    assert.deepEqual(
      names().filter((name) => !name.includes("@")),
      [pauseImageName],
    );
    await until("an event", () => {
      const answer = rig.kubectl("get", "events", "-o", "jsonpath={.items[*].reason}");
      return answer.stdout.includes("FreeDiskSpaceFailed");
    });
  });
});
