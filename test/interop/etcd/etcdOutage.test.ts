import assert from "node:assert/strict";
import { join } from "node:path";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { type EtcdNotice, openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import {
  ApiserverProcess,
  apiserverFlags,
  temporaryFolder,
} from "../../support/commands/apiserverProcess.js";
import { CutConnection } from "../../support/etcd/cutConnection.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

describe("the log of an outage of etcd", () => {
  const folder = temporaryFolder();
  let etcd: EtcdProcess;

  before(async () => {
    etcd = await EtcdProcess.start();
  });
  after(async () => {
    await etcd?.close();
    folder.remove();
  });

  /** What the server has written, from a length of it on. */
  const lines = (server: ApiserverProcess, from: number, pattern: RegExp): string[] =>
    server.error
      .slice(from)
      .split("\n")
      .filter((line) => pattern.test(line));

  it("is one line when it begins, with the member and why, and one when it ends", async () => {
    const flags = [`--etcd-servers=${etcd.url}`];
    const server = await ApiserverProcess.start(join(folder.path, "running"), flags);
    try {
      for (let round = 0; round < 2; round += 1) {
        const from = server.error.length;
        await etcd.kill();
        while (lines(server, from, /asked for again/).length === 0) {
          // Who asks meanwhile is no reason for more lines.
          await server.plain.call("/api/v1/namespaces");
        }
        await etcd.run();
        while (lines(server, from, /come again/).length === 0) {
          await server.plain.call("/api/v1/namespaces");
        }
        const about = lines(server, from, /etcd's changes|etcd is/);
        assert.equal(about.length, 2, about.join("\n"));
        // Beside them only what was asked about health, and the server's own objects: once each.
        assert.ok(lines(server, from, /^[WE]/).length <= 4, server.error.slice(from));
        assert.match(about[0] ?? "", new RegExp(`^W.*asked for again: .*${etcd.url}`));
        assert.match(about[1] ?? "", new RegExp(`^I.*come again, from ${etcd.url}`));
      }
    } finally {
      await server.close();
    }
  });

  it("leaves a token 401 whose account has ended and cannot be looked up", async () => {
    const flags = [`--etcd-servers=${etcd.url}`, "--authorization-mode=RBAC"];
    const server = await ApiserverProcess.start(join(folder.path, "tokens"), flags);
    const http = nodePlatform.network.httpClient();
    try {
      const accounts = "/api/v1/namespaces/default/serviceaccounts";
      const post = async (path: string, body: object) => {
        const response = await server.plain.call(path, { method: "POST", body });
        assert.equal(response.status, 201, response.text());
        return response.json() as unknown as { status: { token: string } };
      };
      await post(accounts, { metadata: { name: "ended" } });
      const { token } = (await post(`${accounts}/ended/token`, { spec: {} })).status;
      const code = async (): Promise<number> => {
        const answer = await http.call({
          url: `https://127.0.0.1:${server.securePort}/api/v1/namespaces/default/configmaps`,
          method: "POST",
          tls: { insecureSkipVerify: true },
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify({ metadata: { name: "x" } }),
        });
        await answer.readAll();
        return answer.status;
      };
      assert.equal(await code(), 403);
      await server.plain.call(`${accounts}/ended`, { method: "DELETE" });
      await etcd.kill();
      assert.equal(await code(), 401);
      await etcd.run();
      assert.equal(await code(), 401);
    } finally {
      http.close();
      await server.close();
    }
  });

  it("names the member that is lost, and the one that goes on", async () => {
    const way = await CutConnection.to(etcd.url);
    const notices: EtcdNotice[] = [];
    const endpoints = [way.url, etcd.url];
    const onNotice = (notice: EtcdNotice) => notices.push(notice);
    const storage = await openEtcdStorage({ endpoints }, { clock: nodeClock, onNotice });
    try {
      way.cut();
      while (notices.length < 2) await storage.newestRevision().catch(() => undefined);
      const [lost, back] = notices;
      assert.ok(lost?.isWell === false && lost.text.includes(way.url), lost?.text);
      assert.ok(back?.isWell === true && back.text.includes(etcd.url), back?.text);
    } finally {
      await storage.close();
      await way.close();
    }
  });

  it("says why etcd cancelled the watch", async () => {
    const way = await CutConnection.to(etcd.url);
    const notices: EtcdNotice[] = [];
    const onNotice = (notice: EtcdNotice) => notices.push(notice);
    const clock = nodeClock;
    const behind = await openEtcdStorage({ endpoints: [way.url] }, { clock, onNotice });
    const other = await openEtcdStorage({ endpoints: [etcd.url] }, { clock });
    try {
      way.cut();
      for (let count = 0; count < 3; count += 1) await etcd.put("/registry/x/y", String(count));
      await other.compact(await other.newestRevision());
      way.mend();
      const found = () => notices.find(({ text }) => text.includes("cancelled the watch"));
      while (found() === undefined) await behind.newestRevision().catch(() => undefined);
      assert.match(
        found()?.text ?? "",
        /what came before revision \d+ is compacted; .*listed again/,
      );
    } finally {
      await behind.close();
      await other.close();
      await way.close();
    }
  });

  it("is one line of a start that waits, and one when etcd is there", async () => {
    const way = await CutConnection.to(etcd.url);
    way.cut();
    const { flags, insecurePort, securePort } = await apiserverFlags(join(folder.path, "waits"));
    const all = [...flags, `--etcd-servers=${way.url}`];
    const server = new ApiserverProcess(all, insecurePort, securePort);
    try {
      await server.says(/etcd is tried again/);
      // Several more attempts, each of which makes one connection or three.
      let connections = 0;
      await new Promise<void>((resolve) => {
        way.onCut = () => {
          connections += 1;
          if (connections === 7) resolve();
        };
      });
      way.mend();
      await server.says(/The API server is ready/);
      // A connection that ends so is one that was reset, or one that was closed.
      const reasons = lines(server, 0, /etcd is tried again/).map((line) => line.split("] ")[1]);
      assert.equal(new Set(reasons).size, reasons.length, server.error);
      assert.ok(reasons.length <= 2, server.error);
      assert.equal(lines(server, 0, /etcd is reached/).length, 1, server.error);
    } finally {
      await server.close();
      await way.close();
    }
  });
});
