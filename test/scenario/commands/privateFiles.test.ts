import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "../../../lib/cluster/cluster.js";
import { ownCertificate } from "../../../lib/cmd/ownCertificate.js";
import { steersmanProgram } from "../../../lib/cmd/steersman/program.js";
import { CertificateStore } from "../../../lib/kubelet/certificates/certificateStore.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { makeDataDirectory } from "../../../lib/platform/privateDirectory.js";
import { ApiserverProcess } from "../../support/commands/apiserverProcess.js";

const others = 0o077;

/** Every path at and below it that somebody else may read, write or enter. */
function openPaths(path: string): string[] {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return [];
  const own = (status.mode & others) === 0 ? [] : [`${path} ${(status.mode & 0o777).toString(8)}`];
  if (!status.isDirectory()) return own;
  return [...own, ...readdirSync(path).flatMap((name) => openPaths(join(path, name)))];
}

/** As an earlier version left it. */
function openEverything(path: string): void {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  chmodSync(path, status.isDirectory() ? 0o755 : 0o644);
  if (!status.isDirectory()) return;
  for (const name of readdirSync(path)) openEverything(join(path, name));
}

describe("files that hold what is secret", () => {
  let folder = "";
  let umask = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "steersman-private-"));
    umask = process.umask(0);
  });
  afterEach(() => {
    process.umask(umask);
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (directory: string): Promise<void> => {
    const cluster = await Cluster.start({ dataDirectory: directory, securePort: 0 });
    await cluster.stop();
  };

  it("are a cluster's own, whatever the umask, also where an earlier version left them open", async () => {
    const directory = join(folder, "data");
    await run(directory);
    assert.deepEqual(openPaths(directory), []);
    openEverything(directory);
    await run(directory);
    assert.deepEqual(openPaths(directory), []);
  });

  it("are kube-apiserver's own", async () => {
    const directory = join(folder, "data");
    mkdirSync(directory, { mode: 0o755 });
    const start = async (): Promise<void> => {
      const server = await ApiserverProcess.start(directory, ["--authorization-mode=RBAC"]);
      await server.close();
    };
    await start();
    assert.deepEqual(openPaths(directory), []);
    openEverything(directory);
    await start();
    assert.deepEqual(
      openPaths(directory).filter((path) => !path.includes(".crt ")),
      [],
    );
  });

  it("are init's own", async () => {
    const directory = join(folder, "init");
    const init = (): Promise<unknown> =>
      steersmanProgram(
        { ...nodePlatform, host: { ...nodePlatform.host, writeOutput: () => undefined } },
        import.meta.url,
      ).parseAsync(["init", "--dir", directory, "--address", "10.0.0.9", "--node", "n"], {
        from: "user",
      });
    await init();
    assert.deepEqual(openPaths(directory), []);
    const places = [
      "etc/kubernetes",
      "etc/kubernetes/ssl",
      "var/lib/kubelet",
      "var/lib/kube-proxy",
    ];
    for (const place of places) openEverything(join(directory, place));
    await init();
    assert.deepEqual(
      places.flatMap((place) => openPaths(join(directory, place))),
      [],
    );
  });

  it("are a component's own certificate's and a kubelet's", async () => {
    const options = { name: "c", pair: "c", names: { dns: ["c"], ips: [] } };
    const directory = join(folder, "own");
    await ownCertificate(nodePlatform, { ...options, directory });
    assert.deepEqual(openPaths(directory), []);
    chmodSync(join(directory, "c.key"), 0o644);
    const pair = await ownCertificate(nodePlatform, { ...options, directory });
    assert.deepEqual(openPaths(directory), []);
    const pki = join(folder, "pki");
    mkdirSync(pki, { mode: 0o755 });
    writeFileSync(join(pki, "old.pem"), "", { mode: 0o644 });
    const store = new CertificateStore(nodePlatform, pki, "kubelet-client");
    await store.update(pair);
    assert.deepEqual(openPaths(pki), []);
    openEverything(pki);
    assert.ok(await store.current());
    assert.deepEqual(openPaths(pki), []);
  });

  it("do not close what everybody shares", async () => {
    chmodSync(folder, 0o1777);
    await makeDataDirectory(nodePlatform.files, folder);
    assert.equal(lstatSync(folder).mode & 0o7777, 0o1777);
  });
});
