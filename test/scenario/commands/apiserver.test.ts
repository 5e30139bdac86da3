import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import {
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../lib/api/pki/certificates.js";
import { ApiserverProcess, temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";
import { listenAsServiceManager } from "../../support/commands/serviceManager.js";

/** What these tests read of answers. */
interface Json {
  readonly kind: string;
  readonly reason: string;
  readonly paths: string[];
  readonly versions: string[];
  readonly groups: { name: string }[];
  readonly groupVersion: string;
  readonly resources: { name: string }[];
  readonly minor: string;
  readonly status: { userInfo: { username: string; groups: string[] } };
  readonly items: { metadata: { name: string }; data?: { x?: string } }[];
}

interface Answer {
  readonly status: number;
  readonly body: Json;
}

describe("kube-apiserver as a process", () => {
  const folder = temporaryFolder();
  const token = "abc.secret";
  let server: ApiserverProcess;
  let client: { certificate: string; key: string };

  before(async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const ca = await createAuthority({ commonName: "clients" }, validity);
    const subject = { commonName: "carol", organizations: ["system:masters"] };
    client = await issue(await openAuthority(ca), subject, ["client"], noNames, validity);
    writeFileSync(`${folder.path}/ca.pem`, ca.certificate);
    writeFileSync(`${folder.path}/tokens.csv`, `${token},alice,1,"system:masters"\n`);
    writeFileSync(`${folder.path}/basic.csv`, `secret,bob,2,"system:masters"\n`);
    server = await ApiserverProcess.start(`${folder.path}/data`, [
      "--anonymous-auth=false",
      "--authorization-mode=Node,RBAC",
      `--client-ca-file=${folder.path}/ca.pem`,
      `--token-auth-file=${folder.path}/tokens.csv`,
      `--basic-auth-file=${folder.path}/basic.csv`,
    ]);
  });

  after(async () => {
    await server?.close();
    folder.remove();
  });

  const get = async (path: string): Promise<Json> => {
    const answer = await server.plain.call(path);
    assert.equal(answer.status, 200, `${path}: ${answer.text()}`);
    return answer.json() as unknown as Json;
  };
  const text = async (path: string): Promise<string> => (await server.plain.call(path)).text();

  const secure = (path: string, options: RequestOptions = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const call = request(
        `https://127.0.0.1:${server.securePort}${path}`,
        { rejectUnauthorized: false, agent: false, ...options },
        (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (part: string) => {
            body += part;
          });
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) as Json });
          });
        },
      );
      call.on("error", reject).end();
    });

  it("answers discovery over plain HTTP", async () => {
    const { paths } = await get("/");
    for (const path of ["/api", "/api/v1", "/apis", "/apis/apps/v1", "/healthz", "/version"]) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual((await get("/api")).versions, ["v1"]);
    const groups = await get("/apis");
    assert.equal(groups.kind, "APIGroupList");
    assert.ok(groups.groups.some((group) => group.name === "autoscaling"));
    for (const [path, version, name] of [
      ["/api/v1", "v1", "pods"],
      ["/apis/autoscaling/v1", "autoscaling/v1", "horizontalpodautoscalers"],
    ] as const) {
      const list = await get(path);
      assert.equal(list.kind, "APIResourceList");
      assert.equal(list.groupVersion, version);
      assert.ok(list.resources.some((resource) => resource.name === name));
    }
    assert.equal((await get("/version")).minor, "37");
  });

  it("answers health and metrics over plain HTTP", async () => {
    assert.equal(await text("/healthz"), "ok");
    assert.equal(await text("/healthz/etcd"), "ok");
    assert.equal(await text("/readyz"), "ok");
    const verbose = await text("/livez?verbose");
    assert.match(verbose, /^\[\+\]ping ok$/m);
    assert.match(verbose, /livez check passed\n$/);
    const metrics = await server.plain.call("/metrics");
    assert.match(String(metrics.headers["content-type"]), /^text\/plain/);
    assert.match(metrics.text(), /^# TYPE apiserver_request_total counter$/m);
  });

  it("skips credentials on the insecure port, but not admission", async () => {
    const review = await server.plain.call("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      method: "POST",
      contentType: "application/json",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    const user = (review.json() as unknown as Json).status.userInfo;
    assert.equal(user.username, "system:unsecured");
    assert.ok(user.groups.includes("system:masters"));
    const refused = await server.plain.call("/api/v1/namespaces/none/configmaps", {
      method: "POST",
      contentType: "application/json",
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
    });
    assert.equal(refused.status, 404);
    assert.equal(refused.json().message, 'namespaces "none" not found');
  });

  it("asks for credentials on the secure port", async () => {
    const refused = await secure("/api/v1/namespaces");
    assert.equal(refused.status, 401);
    assert.equal(refused.body.reason, "Unauthorized");
    const wrong = await secure("/api/v1/namespaces", { headers: { authorization: "Bearer x" } });
    assert.equal(wrong.status, 401);
  });

  const credentials: readonly [string, () => RequestOptions][] = [
    ["a token of the file", () => ({ headers: { authorization: `Bearer ${token}` } })],
    ["basic auth", () => ({ auth: "bob:secret" })],
    ["a client certificate", () => ({ cert: client.certificate, key: client.key })],
  ];
  for (const [what, options] of credentials) {
    it(`accepts ${what}`, async () => {
      const answer = await secure("/api/v1/namespaces", options());
      assert.equal(answer.status, 200);
      assert.equal(answer.body.kind, "NamespaceList");
    });
  }

  it("loses no acknowledged write when it is killed", async () => {
    const data = `${folder.path}/killed`;
    const first = await ApiserverProcess.start(data);
    const acknowledged: string[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let count = 0; ; count++) {
        const name = `w${writer}-${count}`;
        const answer = await first.plain.call("/api/v1/namespaces/default/configmaps", {
          method: "POST",
          contentType: "application/json",
          body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { x: name } },
        });
        if (answer.status !== 201) throw new Error(answer.text());
        acknowledged.push(name);
        if (acknowledged.length === 200) first.kill("SIGKILL");
      }
    };
    await Promise.allSettled([0, 1, 2, 3, 4, 5, 6, 7].map(write));
    assert.equal((await first.ended).signal, "SIGKILL");
    await first.close();
    assert.ok(acknowledged.length >= 200, String(acknowledged.length));
    const second = await ApiserverProcess.start(data);
    try {
      const list = (
        await second.plain.call("/api/v1/namespaces/default/configmaps")
      ).json() as unknown as Json;
      const found = new Map(list.items.map((item) => [item.metadata.name, item.data?.x]));
      assert.deepEqual(
        acknowledged.filter((name) => found.get(name) !== name),
        [],
      );
    } finally {
      await second.close();
    }
  });

  it("tells systemd when it answers and when it stops, and ends with 0 on SIGTERM", async () => {
    const socket = `${folder.path}/notify`;
    const manager = await listenAsServiceManager(socket);
    const own = await ApiserverProcess.start(`${folder.path}/notified`, [], {
      NOTIFY_SOCKET: socket,
    });
    try {
      assert.equal(await manager.next(), `${own.pid} READY=1`);
      assert.equal((await own.plain.call("/readyz")).text(), "ok");
      own.kill("SIGTERM");
      assert.equal(await manager.next(), `${own.pid} STOPPING=1`);
      assert.equal((await own.ended).code, 0);
    } finally {
      manager.close();
      await own.close();
    }
  });

  it("tells steersman store stats what its store holds", async () => {
    const plain = `http://127.0.0.1:${server.insecurePort}`;
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: plain } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      "current-context": "c",
    };
    const path = `${folder.path}/stats.kubeconfig`;
    writeFileSync(path, JSON.stringify(config));
    const stats = async (...more: string[]) =>
      await runCommand("steersman", ["store", "stats", "--kubeconfig", path, ...more]);
    const json = await stats("--output", "json");
    assert.equal(json.code, 0, json.error);
    const numbers = JSON.parse(json.output) as Record<string, number>;
    assert.ok((numbers.etcd_debugging_mvcc_current_revision ?? 0) > 1, json.output);
    assert.ok((numbers.etcd_debugging_mvcc_keys_total ?? 0) > 10, json.output);
    assert.ok((numbers.steersman_store_log_bytes ?? 0) > 0, json.output);
    assert.ok((numbers.etcd_disk_wal_fsync_duration_seconds_count ?? 0) > 0, json.output);
    assert.equal(numbers.steersman_store_snapshot_bytes, 0);
    const shown = await stats();
    assert.match(shown.output, /^etcd_debugging_mvcc_keys_total +\d+$/m);
    const gone = await runCommand("steersman", ["store", "stats", "--kubeconfig", `${path}.gone`]);
    assert.equal(gone.code, 1);
    assert.match(gone.error, /^.*stats\.kubeconfig\.gone: no such file\n$/);
  });
});
