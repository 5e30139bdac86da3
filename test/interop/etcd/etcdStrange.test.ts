import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import { startTestApiServer } from "../../support/apiserver/testApiServer.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const prefix = "/registry/configmaps/";

/** Accepts connections and says nothing, as a member that is stopped. */
class SilentMember {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
  });

  static async start(): Promise<SilentMember> {
    const member = new SilentMember();
    await new Promise<void>((resolve) => {
      member.#server.listen(0, "127.0.0.1", resolve);
    });
    return member;
  }

  at(scheme: "http" | "https"): string {
    const { port } = this.#server.address() as { port: number };
    return `${scheme}://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("EtcdStorage where a member says nothing", () => {
  const folder = temporaryFolder();
  let silent: SilentMember;

  before(async () => {
    silent = await SilentMember.start();
  });
  after(async () => {
    await silent?.close();
    folder.remove();
  });

  for (const scheme of ["http", "https"] as const) {
    it(`fails within its patience, and names the member (${scheme})`, async () => {
      const endpoints = [silent.at(scheme)];
      const options = { endpoints, patienceMilliseconds: 200 };
      await assert.rejects(openEtcdStorage(options, { clock: nodeClock }), (error: unknown) => {
        assert.match(String(error), /did not respond within 0\.2 s: .*127\.0\.0\.1:\d+/);
        return true;
      });
    });
  }

  it("takes the next one where TLS is not even begun", async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ commonName: "etcd's" }, validity);
    const made = await issue(
      await openAuthority(authority),
      { commonName: "etcd" },
      ["client", "server"],
      { dns: ["localhost"], ips: ["127.0.0.1"] },
      validity,
    );
    const write = (name: string, text: string): string => {
      const path = join(folder.path, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const tls = {
      authority: write("ca.pem", authority.certificate),
      certificate: write("etcd.pem", made.certificate),
      key: write("etcd-key.pem", made.key),
    };
    const etcd = await EtcdProcess.start({ tls });
    try {
      const storage = await openEtcdStorage(
        {
          endpoints: [silent.at("https"), etcd.url],
          authorities: readFileSync(tls.authority),
          identity: { certificate: readFileSync(tls.certificate), key: readFileSync(tls.key) },
        },
        { clock: nodeClock },
      );
      await storage.health();
      await storage.close();
    } finally {
      await etcd.close();
    }
  });

  it("does not repeat what is secret in an address", async () => {
    const endpoints = ["http://joe:s3cret@127.0.0.1:1"];
    const opening = openEtcdStorage({ endpoints }, { clock: nodeClock });
    await assert.rejects(opening, (error: unknown) => {
      assert.match(String(error), /127\.0\.0\.1:1.*no user or password/);
      assert.doesNotMatch(String(error), /s3cret|joe/);
      return true;
    });
  });
});

describe("EtcdStorage where somebody wrote what no object can be", () => {
  let etcd: EtcdProcess;
  before(async () => {
    // Of a version whose progress is not trusted: its keys are counted.
    etcd = await EtcdProcess.start();
  });
  after(async () => {
    await etcd?.close();
  });

  for (const length of [5000, 70_000]) {
    it(`goes on, and begins, beside a key of ${length} bytes`, async () => {
      const long = `${prefix}a/${"k".repeat(length)}`;
      const storage = await openEtcdStorage({ endpoints: [etcd.url] }, { clock: nodeClock });
      const key = `${prefix}a/one`;
      const put = async (text: string): Promise<void> => {
        const value = storedConfigMap("one", text);
        await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
      };
      try {
        await put("before");
        const before = await storage.newestRevision();
        await etcd.put(long, "x");
        await put("after");
        assert.ok(await storage.get(key, { revision: before }), "history went away");
        const { values } = await storage.range(prefix);
        assert.deepEqual(
          values.map((value) => value.key),
          [key],
        );
        // What was written last is no object, and all keys are those that are here.
        await etcd.put("/beside", "x");
        assert.ok((await storage.newestRevision()) > before);
        const again = await openEtcdStorage({ endpoints: [etcd.url] }, { clock: nodeClock });
        try {
          await etcd.put("/beside", "y");
          assert.equal((await again.range(prefix)).values.length, 1);
          await etcd.remove(long);
          await etcd.put("/beside", "z");
          assert.equal((await again.range(prefix)).values.length, 1);
          assert.equal((await storage.range(prefix)).values.length, 1);
        } finally {
          await again.close();
        }
      } finally {
        await storage.close();
      }
    });
  }

  it("names the key of a value that is no object, and serves all else", async () => {
    const view = {
      messageType: "k8s.io.api.core.v1.ConfigMap",
      format: "json" as const,
      part: "object" as const,
    };
    const storage = await openEtcdStorage({ endpoints: [etcd.url] }, { clock: nodeClock });
    try {
      const watch = (namespace: string) =>
        new Promise<{ text: string; ended: string | undefined }>((resolve) => {
          const stream = storage.watch({
            ...{ prefix: `${prefix}${namespace}/`, afterRevision: storage.currentRevision(), view },
            framing: "json" as const,
            onReady: () => {
              const { bytes, ended } = stream.take(1 << 20);
              if (ended === undefined) stream.close();
              resolve({ text: new TextDecoder().decode(bytes), ended });
            },
          });
        });
      const [broken, whole] = [watch("broken"), watch("whole")];
      for (const [name, value] of [
        ["text", "garbage"],
        ["empty", ""],
      ]) {
        await etcd.put(`${prefix}broken/${name}`, value ?? "");
      }
      const value = storedConfigMap("one", "x");
      const key = `${prefix}whole/one`;
      await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
      await assert.rejects(storage.list({ prefix: `${prefix}broken/`, view }), {
        reason: "corrupt",
        message: /\/registry\/configmaps\/broken\/empty/,
      });
      assert.equal((await storage.list({ prefix: `${prefix}whole/`, view })).count, 1);
      assert.match((await whole).text, /"ADDED".*"one"/);
      assert.equal((await broken).ended, "unreadable");
    } finally {
      await storage.close();
    }
  });

  it("writes Events on where somebody has revoked the lease that they share", async () => {
    const storage = await openEtcdStorage({ endpoints: [etcd.url] }, { clock: nodeClock });
    const service = { advertiseAddress: "10.0.0.9", securePort: 6443, reconciler: "none" } as const;
    const api = await startTestApiServer({ storage }, { service });
    try {
      const create = async (name: string): Promise<number> => {
        const body = { metadata: { name }, involvedObject: { namespace: "default" } };
        const response = await fetch(`${api.url}/api/v1/namespaces/default/events`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
        assert.equal(response.status, 201, await response.text());
        return (await storage.get(`/registry/events/default/${name}`))?.leaseId ?? 0;
      };
      const first = await create("first");
      await etcd.revokeLease(String(first));
      const second = await create("second");
      assert.ok(second !== 0 && second !== first);
      assert.equal(await create("third"), second);
    } finally {
      await api.stop();
    }
  });

  it("keeps the lease of what another server wrote, whatever its number", async () => {
    const storage = await openEtcdStorage({ endpoints: [etcd.url] }, { clock: nodeClock });
    try {
      for (let number = 0; number < 5; number += 1) {
        const lease = await etcd.grantLease(600);
        const key = `${prefix}leased/m${number}`;
        await etcd.put(key, storedConfigMap(`m${number}`, "x"), lease);
        const found = await storage.get(key);
        assert.ok(found !== undefined && found.leaseId !== 0);
        const value = storedConfigMap(`m${number}`, "y");
        const { succeeded } = await storage.transact({
          compare: [{ key, target: "modRevision", equals: found.modRevision }],
          success: [{ type: "put", key, value, leaseId: found.leaseId }],
        });
        assert.equal(succeeded, true);
        assert.deepEqual(await etcd.leasedKeys(lease), [key]);
      }
    } finally {
      await storage.close();
    }
  });
});
