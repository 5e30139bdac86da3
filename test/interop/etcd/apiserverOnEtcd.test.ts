import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import type { CertifiedKey } from "../../../lib/api/pki/certifiedKey.js";
import {
  ApiserverProcess,
  apiserverFlags,
  temporaryFolder,
} from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";
import { type EtcdFiles, EtcdProcess } from "../../support/etcd/etcdProcess.js";

const maps = "/api/v1/namespaces/default/configmaps";

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

type Start = typeof EtcdProcess.own;

const members: Readonly<Record<string, Start>> = {
  etcd: (choice) => EtcdProcess.start(choice),
  "etcd's API over the embedded store": (choice) => EtcdProcess.own(choice),
};

for (const [what, start] of Object.entries(members)) {
  describe(`kube-apiserver on ${what} with client certificates`, () => onEtcd(start));
}

function onEtcd(start: Start): void {
  const folder = temporaryFolder();
  let etcd: EtcdProcess;
  let one: ApiserverProcess;
  let two: ApiserverProcess;
  let files: EtcdFiles;
  let flags: string[];

  const write = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const pair = async (name: string, authority: CertifiedKey): Promise<EtcdFiles> => {
    const made = await issue(
      await openAuthority(authority),
      { commonName: name },
      ["client", "server"],
      { dns: ["localhost"], ips: ["127.0.0.1"] },
      { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 },
    );
    return {
      authority: write(`${name}-ca.pem`, authority.certificate),
      certificate: write(`${name}.pem`, made.certificate),
      key: write(`${name}-key.pem`, made.key),
    };
  };
  const etcdFlags = (given: EtcdFiles): string[] => [
    `--etcd-servers=${etcd.url}`,
    `--etcd-cafile=${given.authority}`,
    `--etcd-certfile=${given.certificate}`,
    `--etcd-keyfile=${given.key}`,
    "--etcd-healthcheck-timeout=500ms",
    "--etcd-readycheck-timeout=500ms",
  ];

  before(async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    files = await pair("etcd", await createAuthority({ commonName: "etcd's" }, validity));
    etcd = await start({ tls: files });
    flags = etcdFlags(files);
    [one, two] = await Promise.all([
      ApiserverProcess.start(join(folder.path, "one"), flags),
      ApiserverProcess.start(join(folder.path, "two"), flags),
    ]);
  });
  after(async () => {
    await one?.close();
    await two?.close();
    await etcd?.close();
    folder.remove();
  });

  const create = async (server: ApiserverProcess, name: string): Promise<Stored> => {
    const body = { metadata: { name }, data: { made: name } };
    const response = await server.plain.call(maps, { method: "POST", body });
    assert.equal(response.status, 201, response.text());
    return response.json() as unknown as Stored;
  };

  it("has one state for two servers, at once", async () => {
    for (let number = 0; number < 10; number += 1) {
      const made = await create(number % 2 === 0 ? one : two, `m${number}`);
      const other = number % 2 === 0 ? two : one;
      const read = await other.plain.call(`${maps}/m${number}`);
      assert.equal(read.status, 200, read.text());
      assert.equal(
        (read.json() as unknown as Stored).metadata.resourceVersion,
        made.metadata.resourceVersion,
      );
    }
    const list = (await two.plain.call(`${maps}?labelSelector=!x`)).json() as unknown as {
      items: Stored[];
    };
    assert.ok(list.items.length >= 10);
    const twice = await two.plain.call(maps, {
      method: "POST",
      body: { metadata: { name: "m0" } },
    });
    assert.equal(twice.status, 409);
  });

  it("sends long lists from the store, with what another server has acknowledged", async () => {
    const path = "/api/v1/namespaces/long/configmaps";
    const namespace = { metadata: { name: "long" } };
    const made = await one.plain.call("/api/v1/namespaces", { method: "POST", body: namespace });
    assert.equal(made.status, 201);
    const put = async (server: ApiserverProcess, name: string): Promise<void> => {
      const body = { metadata: { name } };
      assert.equal((await server.plain.call(path, { method: "POST", body })).status, 201);
    };
    await Promise.all(Array.from({ length: 600 }, (_, number) => put(one, `m${number}`)));
    for (let number = 0; number < 10; number += 1) {
      const [writer, reader] = number % 2 === 0 ? [one, two] : [two, one];
      await put(writer, `late-${number}`);
      const list = await reader.plain.call(path);
      assert.equal(list.headers["content-length"], undefined, "it came through JavaScript");
      const { items, metadata } = list.json() as unknown as {
        items: Stored[];
        metadata: { resourceVersion: string };
      };
      assert.equal(items.length, 601 + number);
      const newest = items.find((item) => item.metadata.name === `late-${number}`);
      assert.ok(Number(newest?.metadata.resourceVersion) <= Number(metadata.resourceVersion));
    }
  });

  it("tells the size of etcd's file among its metrics", async () => {
    const text = (await one.plain.call("/metrics")).text();
    const line = /^apiserver_storage_size_bytes\{storage_cluster_id="etcd-0"\} (\d+)$/m.exec(text);
    // A new file of etcd's has some 20 KiB, a new log of the embedded store a sector.
    assert.ok(Number(line?.[1]) >= 512, text.slice(0, 2000));
  });

  it("lets one of two win a race", async () => {
    await create(one, "raced");
    const path = `${maps}/raced`;
    const increments = 20;
    const increment = async (server: ApiserverProcess): Promise<void> => {
      for (;;) {
        const now = (await server.plain.call(path)).json() as { data: Record<string, string> };
        const data = { count: String(Number(now.data.count ?? 0) + 1) };
        const body = { ...now, data };
        const put = await server.plain.call(path, { method: "PUT", body });
        if (put.status === 200) return;
        assert.equal(put.status, 409, put.text());
      }
    };
    await Promise.all(
      [one, two].map(async (server) => {
        for (let number = 0; number < increments; number += 1) await increment(server);
      }),
    );
    const end = (await two.plain.call(path)).json() as { data: Record<string, string> };
    assert.equal(end.data.count, String(2 * increments));
  });

  it("patches what another server wrote last", async () => {
    await create(one, "patched");
    const path = `${maps}/patched`;
    for (let number = 0; number < 10; number += 1) {
      const server = number % 2 === 0 ? two : one;
      const contentType = "application/merge-patch+json";
      const body = { data: { [`k${number}`]: "v" } };
      const patched = await server.plain.call(path, { method: "PATCH", contentType, body });
      assert.equal(patched.status, 200, patched.text());
      const { data } = patched.json() as { data: Record<string, string> };
      assert.equal(Object.keys(data).length, number + 2);
    }
  });

  it("is not ready while etcd is gone, and is again when it comes back", async () => {
    const status = async (path: string): Promise<number> => (await one.plain.call(path)).status;
    assert.equal(await status("/readyz"), 200);
    await etcd.kill();
    for (const path of ["/healthz/etcd", "/readyz/etcd-readiness", "/readyz"]) {
      assert.equal(await status(path), 500, path);
    }
    // Who takes an old response is given it; who does not, is not.
    for (const query of ["?resourceVersion=0", "/m0?resourceVersion=0"]) {
      assert.equal(await status(maps + query), 200, query);
    }
    for (const query of ["", "/m0"]) assert.equal(await status(maps + query), 500, query);
    const put = await one.plain.call(maps, { method: "POST", body: { metadata: { name: "no" } } });
    assert.equal(put.status, 500, put.text());
    assert.match(put.text(), /etcd/);
    await etcd.run();
    // The listener of etcd is there; its way back is tried every two seconds at most.
    while ((await status("/readyz")) !== 200);
    await create(one, "afterwards");
    assert.equal((await two.plain.call(`${maps}/afterwards`)).status, 200);
  });

  it("fails health within its time while etcd says nothing", async () => {
    etcd.signal("SIGSTOP");
    try {
      const { status } = await one.plain.call("/readyz");
      assert.equal(status, 500);
    } finally {
      etcd.signal("SIGCONT");
    }
    while ((await one.plain.call("/readyz")).status !== 200);
  });

  it("refuses to start with what etcd does not accept, in one line", async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const stranger = await pair(
      "stranger",
      await createAuthority({ commonName: "a stranger's" }, validity),
    );
    const wrong: [string[], RegExp][] = [
      [
        etcdFlags({ ...files, authority: stranger.authority }),
        /--etcd-cafile: \/.*stranger-ca\.pem: no authority in it signed etcd's.*127\.0\.0\.1/,
      ],
      [
        etcdFlags({ ...stranger, authority: files.authority }),
        /--etcd-certfile: \/.*stranger\.pem: etcd does not accept it.*127\.0\.0\.1/,
      ],
      [["--etcd-servers=,"], /--etcd-servers: no address/],
      [["--etcd-servers=http://127.0.0.1:1"], /--etcd-servers: .*127\.0\.0\.1:1.*refused/],
      [[`--etcd-servers=${etcd.url}`, `--etcd-certfile=${files.certificate}`], /belong together/],
      [["--storage=etcd"], /--storage: .*--etcd-servers/],
      [[`--etcd-servers=${etcd.url}`, "--etcd-prefix=/a//b"], /--etcd-prefix/],
      [
        [`--etcd-servers=${etcd.url}`, "--etcd-servers-overrides=/events#x"],
        /--etcd-servers-overrides/,
      ],
      [
        ["--storage-media-type=application/yaml"],
        /--storage-media-type: "application.yaml": it may/,
      ],
      [["--storage-backend=etcd2"], /--storage-backend/],
    ];
    for (const [given, why] of wrong) {
      const ended = await runCommand("kube-apiserver", [
        ...(await apiserverFlags(join(folder.path, "refused"))).flags,
        ...["--storage-initialization-timeout=1s", ...given],
      ]);
      assert.equal(ended.code, 1, ended.error);
      const lines = ended.error.split("\n").filter((line) => line.startsWith("Error: "));
      assert.equal(lines.length, 1, ended.error);
      assert.match(lines[0] ?? "", why);
    }
  });
}
