import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { RestCall } from "../../support/apiserver/restCaller.js";
import { ApiserverProcess, temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

interface Tree {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: { readonly token?: string; readonly authenticated?: boolean };
  readonly spec: { readonly clusterIP?: string };
}

/** How long a policy may lag behind another server's write. */
const lagMilliseconds = 2_000;

/**
 * The second of two requests comes to another server than the first. What is about an object knows
 * of the first at once; policies do within the lag of a watch.
 */
describe("two requests to two servers on one etcd, the second of which needs the first", () => {
  const folder = temporaryFolder();
  const servers: ApiserverProcess[] = [];
  let etcd: EtcdProcess | undefined;

  before(async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = join(folder.path, "accounts.key");
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(key, pem, { mode: 0o600 });
    etcd = await EtcdProcess.start();
    const flags = [
      `--etcd-servers=${etcd.url}`,
      `--service-account-signing-key-file=${key}`,
      `--service-account-key-file=${key}`,
      "--service-account-issuer=https://issuer.example",
      "--authorization-mode=RBAC",
    ];
    for (const name of ["one", "two"]) {
      servers.push(await ApiserverProcess.start(join(folder.path, name), flags));
    }
  });
  after(async () => {
    for (const server of servers) await server.close();
    await etcd?.close();
    folder.remove();
  });

  const send = async (server: number, path: string, call: RestCall = {}) => {
    const response = await servers[server]?.plain.call(path, call);
    assert.ok(response);
    return response;
  };
  /** Of the server `first`, which must take it. */
  const made = async (first: number, path: string, body: object): Promise<Tree> => {
    const response = await send(first, path, { method: "POST", body });
    assert.equal(response.status, 201, response.text());
    return response.json() as unknown as Tree;
  };
  const namespaced = (namespace: string, resource: string): string =>
    `/api/v1/namespaces/${namespace}/${resource}`;
  const named = (name: string): { metadata: { name: string } } => ({ metadata: { name } });
  const pod = (name: string, spec: object = {}): object => ({
    ...named(name),
    spec: { containers: [{ name: "c", image: "none.example/none" }], ...spec },
  });
  const reviewed = async (server: number, token: string): Promise<boolean> => {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    const review = await made(server, path, { spec: { token } });
    return review.status.authenticated === true;
  };
  /** Repeats the request until its code is the wanted one, and says how long that took. */
  const comesTo = async (code: number, request: () => Promise<{ status: number }>) => {
    const begin = performance.now();
    while ((await request()).status !== code) {
      assert.ok(performance.now() - begin < lagMilliseconds, `not ${code} within the lag`);
    }
  };

  /** Both ways, several times: a race that is seldom lost would pass once. */
  const pairs = (
    what: string,
    pair: (first: number, second: number, id: string) => Promise<void>,
  ) =>
    it(what, async () => {
      for (let round = 0; round < 5; round += 1) {
        await pair(0, 1, `${what.replaceAll(/\W+/g, "-").toLowerCase()}-${round}-a`.slice(-50));
        await pair(1, 0, `${what.replaceAll(/\W+/g, "-").toLowerCase()}-${round}-b`.slice(-50));
      }
    });

  pairs("namespace, then an object in it", async (first, second, id) => {
    await made(first, "/api/v1/namespaces", named(id));
    await made(second, namespaced(id, "configmaps"), named("m"));
  });

  pairs("account, then a pod of it", async (first, second, id) => {
    await made(first, "/api/v1/namespaces", named(id));
    await made(first, namespaced(id, "serviceaccounts"), named("own"));
    await made(second, namespaced(id, "pods"), pod("p", { serviceAccountName: "own" }));
  });

  pairs("account, then its token, then the token's use", async (first, second, id) => {
    await made(first, namespaced("default", "serviceaccounts"), named(id));
    const path = namespaced("default", `serviceaccounts/${id}/token`);
    const { status } = await made(second, path, { spec: {} });
    assert.ok(await reviewed(first, status.token ?? ""));
    assert.ok(await reviewed(second, status.token ?? ""));
  });

  pairs("account and token, then the token's use", async (first, second, id) => {
    await made(first, namespaced("default", "serviceaccounts"), named(id));
    const path = namespaced("default", `serviceaccounts/${id}/token`);
    const { status } = await made(first, path, { spec: {} });
    assert.ok(await reviewed(second, status.token ?? ""));
    await send(first, namespaced("default", `serviceaccounts/${id}`), { method: "DELETE" });
    await comesTo(401, async () => ({
      status: (await reviewed(second, status.token ?? "")) ? 200 : 401,
    }));
  });

  pairs("an account's end, then a write with its token", async (first, second, id) => {
    await made(first, namespaced("default", "serviceaccounts"), named(id));
    const path = namespaced("default", `serviceaccounts/${id}/token`);
    const { status } = await made(first, path, { spec: {} });
    const write = async (): Promise<{ status: number }> => {
      const server = servers[second];
      assert.ok(server);
      const http = nodePlatform.network.httpClient();
      try {
        const answer = await http.call({
          url: `https://127.0.0.1:${server.securePort}${namespaced("default", "configmaps")}`,
          method: "POST",
          tls: { insecureSkipVerify: true },
          headers: { authorization: `Bearer ${status.token}` },
          body: JSON.stringify(named(id)),
        });
        await answer.readAll();
        return answer;
      } finally {
        http.close();
      }
    };
    assert.equal((await write()).status, 403);
    await send(first, namespaced("default", `serviceaccounts/${id}`), { method: "DELETE" });
    const seen = new Set<number>();
    await comesTo(401, async () => {
      const answer = await write();
      seen.add(answer.status);
      return answer;
    });
    // A watch may lag behind the deletion: then it is the account's still, and nothing else.
    assert.ok(
      [...seen].every((code) => code === 403 || code === 401),
      [...seen].join(),
    );
  });

  pairs("pod, then a token bound to it, then its use", async (first, second, id) => {
    await made(first, namespaced("default", "serviceaccounts"), named(id));
    const { metadata } = await made(
      first,
      namespaced("default", "pods"),
      pod(id, { serviceAccountName: id }),
    );
    const path = namespaced("default", `serviceaccounts/${id}/token`);
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: id, uid: metadata.uid };
    const { status } = await made(second, path, { spec: { boundObjectRef } });
    assert.ok(await reviewed(first, status.token ?? ""));
    await send(second, `${namespaced("default", "pods")}/${id}?gracePeriodSeconds=0`, {
      method: "DELETE",
    });
    await comesTo(401, async () => ({
      status: (await reviewed(first, status.token ?? "")) ? 200 : 401,
    }));
  });

  pairs("class, then a pod that names it", async (first, second, id) => {
    await made(first, namespaced("default", "serviceaccounts"), named(id));
    await made(first, "/apis/scheduling.k8s.io/v1/priorityclasses", { ...named(id), value: 7 });
    await made(first, "/apis/node.k8s.io/v1/runtimeclasses", { ...named(id), handler: "runc" });
    const classes = { priorityClassName: id, runtimeClassName: id, serviceAccountName: id };
    await made(second, namespaced("default", "pods"), pod(id, classes));
  });

  pairs("object, then its reads and its end", async (first, second, id) => {
    const path = namespaced("default", "configmaps");
    await made(first, path, named(id));
    for (const query of [`/${id}`, `?fieldSelector=metadata.name=${id}`]) {
      const read = await send(second, path + query);
      assert.ok(read.status === 200 && read.text().includes(`"uid"`), read.text());
    }
    assert.equal((await send(second, `${path}/${id}`, { method: "DELETE" })).status, 200);
    assert.equal((await send(first, `${path}/${id}`)).status, 404);
  });

  pairs(
    "role and binding, then what they allow; their end, then no more",
    async (first, second, id) => {
      const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
      const call = { headers: { "impersonate-user": id } };
      const read = () => send(second, namespaced("default", "configmaps"), call);
      assert.equal((await read()).status, 403);
      const rules = [{ verbs: ["list"], apiGroups: [""], resources: ["configmaps"] }];
      await made(first, `${rbac}/roles`, { ...named(id), rules });
      await made(first, `${rbac}/rolebindings`, {
        ...named(id),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: id },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: id }],
      });
      await comesTo(200, read);
      assert.equal(
        (await send(first, `${rbac}/rolebindings/${id}`, { method: "DELETE" })).status,
        200,
      );
      await comesTo(403, read);
    },
  );

  pairs("quota, then what is beyond it", async (first, second, id) => {
    await made(first, "/api/v1/namespaces", named(id));
    await made(first, namespaced(id, "resourcequotas"), {
      ...named("q"),
      spec: { hard: { "count/configmaps": "0" } },
    });
    // No controller counts here: a quota without a status limits nothing.
    const path = namespaced(id, "resourcequotas/q/status");
    const whole = (await send(first, namespaced(id, "resourcequotas/q"))).json();
    const status = { hard: { "count/configmaps": "0" }, used: { "count/configmaps": "0" } };
    const counted = await send(first, path, { method: "PUT", body: { ...whole, status } });
    assert.equal(counted.status, 200, counted.text());
    let number = 0;
    await comesTo(403, () => {
      number += 1;
      const body = named(`m${number}`);
      return send(second, namespaced(id, "configmaps"), { method: "POST", body });
    });
  });

  pairs("limits, then a pod that they give requests", async (first, second, id) => {
    await made(first, "/api/v1/namespaces", named(id));
    await made(first, namespaced(id, "serviceaccounts"), named("default"));
    const limits = [{ type: "Container", max: { cpu: "1" }, default: { cpu: "1" } }];
    await made(first, namespaced(id, "limitranges"), { ...named("l"), spec: { limits } });
    const containers = [
      { name: "c", image: "none.example/none", resources: { limits: { cpu: "2" } } },
    ];
    let number = 0;
    await comesTo(403, () => {
      number += 1;
      const body = { ...named(`p${number}`), spec: { containers } };
      return send(second, namespaced(id, "pods"), { method: "POST", body });
    });
  });
});
