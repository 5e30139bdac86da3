import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { createAuthority } from "../../../lib/api/pki/certificates.js";
import {
  ApiserverProcess,
  apiserverFlags,
  temporaryFolder,
} from "../../support/commands/apiserverProcess.js";
import {
  type CommandName,
  commandNames,
  type Ended,
  runCommand,
} from "../../support/commands/commandProcess.js";

/** One line on standard error that says what is wrong, beside the log's lines, and no success. */
function assertRefused(ended: Ended, why: RegExp): void {
  assert.equal(ended.code, 1, ended.error);
  const lines = ended.error.split("\n").filter((line) => line.startsWith("Error: "));
  assert.equal(lines.length, 1, ended.error);
  assert.match(lines[0] ?? "", why);
  assert.doesNotMatch(ended.error, /\n {4}at /);
}

/** Holds a port of 127.0.0.1 until it is closed. */
async function takePort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, server };
}

function crc32c(bytes: Uint8Array): number {
  let state = 0xffff_ffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0x82f6_3b78 : 0);
  }
  return ~state >>> 0;
}

describe("a command that cannot start", () => {
  const folder = temporaryFolder();
  let count = 0;
  after(() => folder.remove());

  const runServer = async (...more: string[]): Promise<Ended> => {
    const { flags } = await apiserverFlags(`${folder.path}/data${count++}`);
    return runCommand("kube-apiserver", [...flags, ...more]);
  };

  it("says what came of etcd", async () => {
    const ended = await runServer(
      "--etcd-servers=http://127.0.0.1:1",
      "--storage-initialization-timeout=0s",
    );
    assertRefused(ended, /--etcd-servers: .*127\.0\.0\.1:1: .*refused/);
  });

  it("names a port in use", async () => {
    const { port, server } = await takePort();
    try {
      for (const flag of ["secure-port", "grpc-port"]) {
        const ended = await runServer(`--${flag}=${port}`);
        const words = `--${flag}: 127\\.0\\.0\\.1:${port}: the port is in use`;
        assertRefused(ended, new RegExp(words));
      }
    } finally {
      server.close();
    }
  });

  const missing = ["tls-cert-file", "client-ca-file", "token-auth-file", "basic-auth-file"];
  for (const flag of [...missing, "service-account-key-file"]) {
    it(`names a missing file of --${flag}`, async () => {
      const path = `${folder.path}/none.pem`;
      const ended = await runServer(`--${flag}=${path}`, "--tls-private-key-file=");
      assertRefused(ended, new RegExp(`--${flag}: ${path}: no such file`));
    });
  }

  it("names the flag and the line of a file of tokens, and says nothing that is in it", async () => {
    const path = `${folder.path}/tokens.csv`;
    writeFileSync(path, "secret,joe\n");
    const ended = await runServer(`--token-auth-file=${path}`);
    assertRefused(ended, new RegExp(`--token-auth-file: ${path}: line 1 has 2 columns, at least`));
    assert.doesNotMatch(ended.error, /secret/);
  });

  it("names a data directory that cannot be one", async () => {
    const file = `${folder.path}/file`;
    writeFileSync(file, "");
    assertRefused(await runServer(`--data-dir=${file}`), new RegExp(`--data-dir: ${file}`));
    const loop = `${folder.path}/loop`;
    symlinkSync(loop, loop);
    assertRefused(await runServer(`--data-dir=${loop}`), new RegExp(`--data-dir: ${loop}`));
  });

  it("refuses a data directory that another server has, and one of a newer version", async () => {
    const data = `${folder.path}/shared`;
    mkdirSync(data);
    const first = await ApiserverProcess.start(data);
    try {
      assertRefused(await runServer(`--data-dir=${data}`), /is in use by another process/);
      assert.equal((await first.plain.call("/readyz")).text(), "ok");
    } finally {
      first.kill("SIGTERM");
      assert.equal((await first.ended).code, 0);
      await first.close();
    }
    const log = readdirSync(`${data}/store`).find((name) => name.startsWith("log-")) ?? "";
    const path = `${data}/store/${log}`;
    const bytes = readFileSync(path);
    // The version stands behind eight bytes of magic; the sector ends with its checksum.
    bytes.writeUInt32LE(999, 8);
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, 508)), 508);
    writeFileSync(path, bytes);
    for (const name of readdirSync(`${data}/store`)) {
      if (name.startsWith("snapshot-")) rmSync(`${data}/store/${name}`);
    }
    assertRefused(await runServer(`--data-dir=${data}`), /999|newer/);
  });

  const wrong: readonly [CommandName, string[], RegExp][] = [
    ["kube-apiserver", ["--nope"], /^Error: unknown flag: --nope$/],
    ["kube-apiserver", ["--storage=embedded", "--logging-format=x"], /--logging-format: "x" is/],
    [
      "kube-apiserver",
      ["--secure-port=0", "--grpc-port=0", "--insecure-port=0"],
      /--secure-port: it must be from 1 to 65535, and is not turned off by 0$/,
    ],
    ["kube-controller-manager", ["--controllers=nope"], /--controllers: nope: not a known/],
    ["kube-controller-manager", ["--v=x"], /^Error: invalid argument "x" for "-v, --v" flag/],
    ["kube-controller-manager", ["--root-ca-file=/none"], /--root-ca-file: \/none: no such file/],
    ["kube-scheduler", ["--config=/none"], /--config.*\/none.*no such file/],
    ["kube-proxy", ["--proxy-mode=userspace"], /proxy mode userspace is retired/],
    ["kube-proxy", ["--proxy-mode=nftables"], /nftables is not supported yet/],
    ["kubelet", ["--config=/none"], /--config \/none: no such file$/],
    ["kubelet", [], /--kubeconfig is required/],
  ];
  for (const [name, args, why] of wrong) {
    it(`${name} ${args.join(" ")}: one line`, async () => {
      assertRefused(await runCommand(name, args), why);
    });
  }

  it("names a client certificate and a key that do not match", async () => {
    const now = Date.now();
    const validity = { notBefore: now, notAfter: now + 3_600_000 };
    const one = await createAuthority({ commonName: "one" }, validity);
    const other = await createAuthority({ commonName: "other" }, validity);
    const path = `${folder.path}/kubeconfig`;
    writeFileSync(`${folder.path}/a.crt`, one.certificate);
    writeFileSync(`${folder.path}/b.key`, other.key);
    const user = "{client-certificate: a.crt, client-key: b.key}";
    writeFileSync(
      path,
      [
        "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]",
        `users: [{name: u, user: ${user}}]`,
        "contexts: [{name: x, context: {cluster: c, user: u}}]",
        "current-context: x",
      ].join("\n"),
    );
    const why = `client-certificate ${folder.path}/a.crt and client-key ${folder.path}/b.key do not match`;
    for (const name of [
      "kubelet",
      "kube-scheduler",
      "kube-controller-manager",
      "kube-proxy",
    ] as const) {
      assertRefused(await runCommand(name, [`--kubeconfig=${path}`]), new RegExp(why));
    }
  });

  it("says what to run when the addon is of another version", async () => {
    const hook = `${folder.path}/otherAddon.cjs`;
    writeFileSync(
      hook,
      "require('node:module')._extensions['.node'] = (module) => { module.exports = {}; };",
    );
    const environment = { NODE_OPTIONS: `--require=${hook}` };
    for (const name of commandNames) {
      const ended = await runCommand(name, ["up"], environment);
      assertRefused(ended, /steersman\.node is of another version .*: run npm run build:native$/);
    }
  });

  it("prints version and help and ends with 0", async () => {
    const version = await runCommand("kube-proxy", ["--version"]);
    assert.equal(version.code, 0);
    assert.match(version.output, /^Kubernetes v1\.37\.\S+\n$/);
    const help = await runCommand("kubelet", ["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.output, /--kubeconfig string/);
  });
});
