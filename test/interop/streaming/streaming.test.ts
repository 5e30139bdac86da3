import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import {
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../lib/api/pki/certificates.js";
import { busyboxImage, NodeRig, rigAddress, startRig } from "../../support/nodes/nodeRig.js";
import { until } from "../../support/nodes/until.js";

const bigBytes = 100_000_000;
const kubelet = `https://${rigAddress}:10250`;

interface Container {
  readonly name?: string;
  readonly script: string;
  readonly stdin?: boolean;
  readonly limits?: object;
}

function pod(name: string, containers: readonly Container[], restartPolicy = "Always"): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      nodeName: rigAddress,
      restartPolicy,
      terminationGracePeriodSeconds: 0,
      containers: containers.map((container, index) => ({
        name: container.name ?? `c${index}`,
        image: busyboxImage,
        imagePullPolicy: "Never",
        command: ["sh", "-c", container.script],
        stdin: container.stdin ?? false,
        ...(container.limits ? { resources: { limits: container.limits } } : {}),
      })),
    },
  };
}

const shellPod = pod("shell", [
  { script: "echo started; while true; do sleep 1000; done", limits: { memory: "64Mi" } },
]);
const linesPod = pod(
  "lines",
  [
    {
      script:
        "i=1; while [ $i -le 20 ]; do echo line $i; i=$((i+1)); done; sleep 0.3; echo oops >&2; " +
        "while [ ! -e /tmp/go ]; do sleep 0.1; done; echo gone on; sleep 0.3; exit 3",
    },
  ],
  "Never",
);
const echoPod = pod("echo", [{ script: "while read l; do echo got $l; done", stdin: true }]);
const crashPod = pod("crash", [{ script: "echo run; sleep 0.2; exit 1" }]);
const twoPod = pod("two", [
  { name: "a", script: "sleep 1000" },
  { name: "b", script: "sleep 1000" },
]);
const webPod = pod("web", [
  {
    script:
      `mkdir /tmp/www; echo '<a href="/x">hi</a>' > /tmp/www/index.html; ` +
      `head -c ${bigBytes} /dev/zero > /tmp/www/big; ` +
      "nc -ll -p 9000 -e sh -c 'head -c 500000 | wc -c' & httpd -f -p 8080 -h /tmp/www",
  },
]);

describe("streams of a real node", function () {
  this.timeout(600_000);
  const rig = new NodeRig();

  before(async function () {
    await startRig(this, rig, () => withAuthentication(rig));
    await rig.apply(shellPod, linesPod, echoPod, crashPod, twoPod, webPod);
    await until("the pods to run", () => {
      const answer = rig.kubectl("get", "pods", "-o", "jsonpath={.items[*].status.phase}");
      const phases = answer.stdout.split(" ");
      return phases.length === 6 && phases.every((phase) => phase === "Running");
    });
    // It makes a large file before it listens.
    await until("the web server to answer", () => {
      const path = "/api/v1/namespaces/default/pods/web:8080/proxy/index.html";
      return rig.kubectl("get", "--raw", path).status === 0;
    });
  });

  after(async () => {
    await rig.stop();
  });

  let socketsBefore = 0;
  it("has a node", () => {
    rig.kubectl("logs", "shell");
    socketsBefore = rig.openSockets();
  });

  for (const webSockets of [true, false]) {
    describe(`kubectl over ${webSockets ? "WebSocket" : "SPDY"}`, () => {
      const environment = {
        KUBECTL_REMOTE_COMMAND_WEBSOCKETS: String(webSockets),
        KUBECTL_PORT_FORWARD_WEBSOCKETS: String(webSockets),
      };
      const server = ["--server", "http://127.0.0.1:8080"];
      const kubectl = (...args: string[]) =>
        rig.attempt(["kubectl", ...server, ...args], environment);
      const spawn = (...args: string[]) => rig.spawn(["kubectl", ...server, ...args], environment);

      for (const [command, ...args] of [
        ["exec", "shell", "--", "sleep", "1000"],
        ["attach", "-i", "echo"],
        ["port-forward", "pod/web", ":8080"],
      ]) {
        it(`is what ${command} is served over, and has not fallen back on`, async () => {
          const child = spawn("-v=8", command ?? "", ...args);
          let log = "";
          child.stderr?.on("data", (bytes) => {
            log += String(bytes);
          });
          await until("the connection", () => /101 Switching Protocols/.test(log));
          child.kill();
          const path = `/pods/(?:shell|echo|web)/${command?.replace("-", "")}`;
          const asked = [...log.matchAll(new RegExp(`(GET|POST) \\S+${path}`, "g"))];
          assert.deepEqual([...new Set(asked.map(([, verb]) => verb))], [verbOf(webSockets)], log);
          const upgrades = [...log.matchAll(/^.*[^-]\bUpgrade: (\S+)/gm)].map(([, to]) => to);
          assert.deepEqual([...new Set(upgrades)], [webSockets ? "websocket" : "SPDY/3.1"], log);
        });
      }

      it("gives output, errors and the exit code of a command", () => {
        const answer = kubectl("exec", "shell", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
        assert.equal(answer.stdout, "out\n");
        assert.match(answer.stderr, /^err\n/);
        assert.equal(answer.status, 7);
        assert.equal(kubectl("exec", "shell", "--", "true").status, 0);
      });

      it("passes the end of input on while output goes on", async () => {
        const child = spawn("exec", "-i", "shell", "--", "sh", "-c", "wc -c; sleep 0.3; echo end");
        child.stdin?.end(Buffer.alloc(3_000_000, "x"));
        assert.equal(await textOf(child.stdout), "3000000\nend\n");
      });

      it("gives a terminal its size", () => {
        // The size comes by itself, after the command has begun; busybox fails without one.
        const wait = 'until [ -n "$(stty size 2>/dev/null)" ]; do sleep 0.1; done';
        const command = `${wait}; stty size; tty; exit 3`;
        const exec = `kubectl ${server.join(" ")} exec -it shell -- sh -c '${command}'`;
        const script = `stty rows 33 cols 77; ${exec}`;
        const answer = rig.attempt(["script", "-qec", script, "/dev/null"], environment);
        assert.match(answer.stdout, /33 77\r\n\/dev\/pts\/0/);
        assert.equal(answer.status, 3);
      });

      it("sends 100 MB to a slow reader in bounded memory", async () => {
        const child = spawn("exec", "shell", "--", "head", "-c", String(bigBytes), "/dev/zero");
        await slowly(child.stdout, bigBytes, rig);
      });

      it("attaches to what runs already", async () => {
        const child = spawn("attach", "-i", "echo");
        let output = "";
        child.stdout?.on("data", (bytes) => {
          output += String(bytes);
        });
        child.stdin?.write("hello\n");
        await until("the answer", () => output.includes("got hello"));
        child.kill();
      });

      it("copies files both ways", () => {
        const from = join(rig.directory, "from.bin");
        const back = join(rig.directory, `back${webSockets}.bin`);
        const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) & 255));
        writeFileSync(from, bytes);
        assert.equal(kubectl("cp", from, "shell:/tmp/file").status, 0);
        assert.equal(kubectl("cp", "shell:/tmp/file", back).status, 0);
        assert.ok(readFileSync(back).equals(bytes));
      });

      it("forwards ports: small, large and slow, half-closed", async () => {
        const child = spawn("port-forward", "pod/web", ":8080", ":9000");
        let output = "";
        child.stdout?.on("data", (bytes) => {
          output += String(bytes);
        });
        await until("the ports", () => /127\.0\.0\.1:\d+ -> 9000/.test(output));
        const [web, count] = [8080, 9000].map(
          (port) => new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${port}`).exec(output)?.[1],
        );
        const page = rig.run(["curl", "-s", `http://127.0.0.1:${web}/index.html`]);
        assert.match(page, /href="\/x"/);
        const big = rig.spawn(["curl", "-s", `http://127.0.0.1:${web}/big`]);
        await slowly(big.stdout, bigBytes, rig);
        // containerd 1.6 does not pass the end on into the pod, so the pod counts; the answer must
        // still come.
        const socat = ["socat", "-t20", "-", `TCP:127.0.0.1:${count}`];
        assert.equal(rig.run(socat, { input: Buffer.alloc(500_000) }), "500000\n");
        child.kill();
      });

      it("does the same over TLS, as a client with a certificate", async () => {
        const secure = [
          ...["--server", `https://${rigAddress}:6443`, "--insecure-skip-tls-verify"],
          ...["--client-certificate", join(rig.directory, "admin.crt")],
          ...["--client-key", join(rig.directory, "admin.key")],
        ];
        const ask = (...args: string[]) =>
          rig.attempt(["kubectl", ...secure, ...args], environment);
        const answer = ask("exec", "shell", "--", "sh", "-c", "echo out; exit 5");
        assert.equal(answer.stdout, "out\n");
        assert.equal(answer.status, 5);
        assert.equal(ask("logs", "shell").stdout, "started\n");
        const command = ["kubectl", ...secure, "exec", "shell", "--"];
        const big = rig.spawn([...command, "head", "-c", "20000000", "/dev/zero"], environment);
        assert.equal((await textOf(big.stdout)).length, 20_000_000);
      });

      it("says what is wrong", () => {
        const missingPod = kubectl("exec", "nobody", "--", "true");
        assert.match(missingPod.stderr, /pods "nobody" not found/);
        const missingContainer = kubectl("exec", "shell", "-c", "x", "--", "true");
        assert.match(missingContainer.stderr, /container x is not valid for pod shell/);
        const missingCommand = kubectl("exec", "shell", "--", "no-such-command");
        assert.notEqual(missingCommand.status, 0);
        assert.match(missingCommand.stderr, /no-such-command/);
      });
    });
  }

  describe("after all that", () => {
    it("has left no sockets of streams behind", async () => {
      await until("the sockets to close", () => rig.openSockets() <= socketsBefore + 4);
    });
  });

  describe("logs", () => {
    it("follows to the end of the container", async () => {
      const child = rig.spawn([
        ..."kubectl --server http://127.0.0.1:8080".split(" "),
        "logs",
        "-f",
        "lines",
        "--tail=2",
      ]);
      let text = "";
      child.stdout?.on("data", (bytes) => {
        text += String(bytes);
      });
      // The last lines are counted when the answer begins, not when the command does.
      await until("the lines there are", () => text !== "");
      rig.kubectl("exec", "lines", "--", "sh", "-c", "echo > /tmp/go");
      await once(child, "close");
      assert.equal(text, "line 20\noops\ngone on\n");
    });

    it("takes tail, limit, timestamps and since", () => {
      assert.equal(rig.kubectl("logs", "lines", "--tail=1").stdout, "gone on\n");
      assert.equal(rig.kubectl("logs", "lines", "--limit-bytes=10").stdout, "line 1\nlin");
      assert.equal(rig.kubectl("logs", "lines").stdout.split("\n").length, 23);
      const stamped = rig.kubectl("logs", "lines", "--tail=1", "--timestamps").stdout;
      assert.match(stamped, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) gone on\n$/);
      assert.equal(rig.kubectl("logs", "lines", "--since-time=2100-01-01T00:00:00Z").stdout, "");
    });

    it("shows the container before this one", async () => {
      await until("a restart", () => {
        const path = "{.status.containerStatuses[0].restartCount}";
        return Number(rig.kubectl("get", "pod", "crash", "-o", `jsonpath=${path}`).stdout) > 0;
      });
      await until("its log", () => rig.kubectl("logs", "crash", "--previous").stdout === "run\n");
    });

    it("answers mistakes as upstream", () => {
      const get = (path: string) =>
        rig.kubectl("get", "--raw", `/api/v1/namespaces/default/pods/${path}`).stderr;
      const none = get("two/log");
      assert.match(none, /container name must be specified for pod two, choose one of: \[a b\]/);
      assert.match(get("shell/log?previous=true"), /previous terminated container "c0" in pod/);
      assert.match(get("shell/log?tailLines=-1"), /PodLogOptions "shell" is invalid: tailLines/);
    });
  });

  describe("proxy", () => {
    const raw = (path: string) => rig.kubectl("get", "--raw", `/api/v1/${path}`);

    it("reaches pods and rewrites their links", () => {
      const page = raw("namespaces/default/pods/web:8080/proxy/index.html");
      const link = "/api/v1/namespaces/default/pods/web:8080/proxy/x";
      assert.equal(page.stdout.trim(), `<a href="${link}">hi</a>`);
      assert.match(raw("namespaces/default/pods/web:81/proxy/").stderr, /connection refused/);
    });

    it("reaches the kubelet", () => {
      assert.equal(raw(`nodes/${rigAddress}/proxy/healthz`).stdout, "ok");
      assert.equal(raw(`nodes/${rigAddress}:10250/proxy/healthz`).stdout, "ok");
      const pods = JSON.parse(raw(`nodes/${rigAddress}/proxy/pods`).stdout);
      assert.equal(pods.kind, "PodList");
      assert.equal(pods.items.length, 6);
      const config = JSON.parse(raw(`nodes/${rigAddress}/proxy/configz`).stdout);
      assert.equal(config.kubeletconfig.authorization.mode, "Webhook");
    });
  });

  describe("the kubelet's own port", () => {
    const curl = (path: string, ...args: string[]) =>
      rig.attempt(["curl", "-sk", "-w", " %{http_code}", ...args, `${kubelet}${path}`]).stdout;
    const as = (name: string) => [
      ...["--cert", join(rig.directory, `${name}.crt`)],
      ...["--key", join(rig.directory, `${name}.key`)],
    ];

    it("asks who it is and what they may", () => {
      assert.equal(curl("/pods"), "Unauthorized 401");
      assert.equal(curl("/pods", "-H", "Authorization: Bearer nonsense"), "Unauthorized 401");
      const refused = "Forbidden (user=nobody, verb=get, resource=nodes, ";
      assert.equal(curl("/pods", ...as("nobody")), `${refused}subresource(s)=[pods proxy]) 403`);
      assert.match(curl("/healthz", ...as("admin")), /^ok 200$/);
    });

    it("takes tokens and finer permissions", () => {
      const create = (...args: string[]) => assert.equal(rig.kubectl("create", ...args).status, 0);
      create("serviceaccount", "scraper");
      create("clusterrole", "scraper", "--verb=get", "--resource=nodes/metrics");
      const binding = ["--clusterrole=scraper", "--serviceaccount=default:scraper"];
      create("clusterrolebinding", "scraper", ...binding);
      const token = rig.kubectl("create", "token", "scraper").stdout.trim();
      const header = `Authorization: Bearer ${token}`;
      assert.match(curl("/metrics/resource", "-H", header), / 200$/);
      assert.match(curl("/stats/summary", "-H", header), /subresource\(s\)=\[stats\]\) 403$/);
    });

    it("measures what the cgroups say", () => {
      const page = (path: string): string =>
        rig.run(["curl", "-sk", ...as("admin"), kubelet + path]);
      const summary = JSON.parse(page("/stats/summary"));
      assert.equal(summary.node.nodeName, rigAddress);
      const shell = summary.pods.find(
        (one: { podRef: { name: string } }) => one.podRef.name === "shell",
      );
      const [container] = shell.containers;
      const uid = shell.podRef.uid;
      const metrics = page("/metrics/cadvisor");
      const id = new RegExp(`id="(/${rig.name}/[^"]*pod${uid}/[0-9a-f]+)"`).exec(metrics)?.[1];
      assert.ok(id, "the container's cgroup is named");
      const v1 = `/sys/fs/cgroup/memory${id}/memory.usage_in_bytes`;
      const v2 = `/sys/fs/cgroup${id}/memory.current`;
      const usage = Number(rig.run(["sh", "-c", `cat ${v1} 2>/dev/null || cat ${v2}`]));
      const near = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(a, b) * 0.2;
      assert.ok(
        near(container.memory.usageBytes, usage),
        `${container.memory.usageBytes} ${usage}`,
      );
      const limit = 64 * 1024 * 1024 - container.memory.workingSetBytes;
      assert.equal(container.memory.availableBytes, limit);
      assert.ok(container.cpu.usageCoreNanoSeconds > 0);
      assert.ok(shell.network.rxBytes >= 0 && shell.network.name === "eth0");
      const resource = page("/metrics/resource");
      assert.match(
        resource,
        /container_memory_working_set_bytes\{container="c0",namespace="default",pod="shell"\} \d+/,
      );
      assert.match(resource, /^resource_scrape_error 0$/m);
    });

    it("serves health beside it", () => {
      assert.equal(rig.run(["curl", "-s", "http://127.0.0.1:10248/healthz"]), "ok");
    });
  });
});

/** By which verb kubectl asks for a connection: WebSocket's handshake is a GET. */
const verbOf = (webSockets: boolean): string => (webSockets ? "GET" : "POST");

async function textOf(stream: Readable | null): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of (stream ?? []) as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

/**
 * Lets the sender run into a reader that stands still, looks at the servers' memory, then reads to
 * the end.
 */
async function slowly(stream: Readable | null, bytes: number, rig: NodeRig): Promise<void> {
  assert.ok(stream);
  const before = rig.residentBytes();
  stream.pause();
  let quiet = 0;
  await until("the sender to be held back", () => ++quiet > 15);
  const grown = rig.residentBytes() - before;
  assert.ok(grown < 60_000_000, `the servers grew by ${grown} bytes`);
  let length = 0;
  for await (const part of stream as AsyncIterable<Buffer>) length += part.length;
  assert.equal(length, bytes);
}

/** The kubelet asks for certificates or tokens, and the API server for permission. */
async function withAuthentication(rig: NodeRig) {
  const now = Date.now();
  const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
  const pair = await createAuthority({ commonName: "rig" }, validity);
  const authority = await openAuthority(pair);
  const path = (name: string): string => join(rig.directory, name);
  writeFileSync(path("ca.crt"), pair.certificate);
  for (const [name, groups] of [
    ["admin", ["system:masters"]],
    ["nobody", []],
  ] as const) {
    const subject = { commonName: name, organizations: [...groups] };
    const made = await issue(authority, subject, ["client"], noNames, validity);
    writeFileSync(path(`${name}.crt`), made.certificate);
    writeFileSync(path(`${name}.key`), made.key);
  }
  return {
    apiserverFlags: [
      `--client-ca-file=${path("ca.crt")}`,
      `--kubelet-client-certificate=${path("admin.crt")}`,
      `--kubelet-client-key=${path("admin.key")}`,
    ],
    kubeletFlags: [
      "--anonymous-auth=false",
      "--authentication-token-webhook",
      "--authorization-mode=Webhook",
      `--client-ca-file=${path("ca.crt")}`,
      "--read-only-port=0",
    ],
  };
}
