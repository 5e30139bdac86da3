import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createAuthority,
  issue,
  openAuthority,
  type Validity,
} from "../../../lib/api/pki/certificates.js";
import type { AlternativeNames, CertifiedKey } from "../../../lib/api/pki/certifiedKey.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { apiserverFlags, temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";
import { type EtcdFiles, EtcdProcess } from "../../support/etcd/etcdProcess.js";

const hour = 3_600_000;
const valid: Validity = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
const over: Validity = { notBefore: Date.now() - 2 * hour, notAfter: Date.now() - hour };
const here: AlternativeNames = { dns: ["localhost"], ips: ["127.0.0.1"] };

/** Each mistake ends a start in one line that begins with the flag and the file to look at. */
function cases(program: (context: Mocha.Context) => Promise<string>): void {
  const folder = temporaryFolder();
  let etcd: EtcdProcess;
  let authority: CertifiedKey;
  let stranger: CertifiedKey;
  let name: string;

  const write = (file: string, text: string): string => {
    const path = join(folder.path, file);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const pair = async (
    file: string,
    by: CertifiedKey,
    validity = valid,
    names = here,
  ): Promise<EtcdFiles> => {
    const open = await openAuthority(by);
    const made = await issue(open, { commonName: file }, ["client", "server"], names, validity);
    return {
      authority: write(`${file}-ca.pem`, by.certificate),
      certificate: write(`${file}.pem`, made.certificate),
      key: write(`${file}.key`, made.key),
    };
  };
  const flagsOf = (url: string, given: Partial<EtcdFiles>): string[] => [
    `--etcd-servers=${url}`,
    ...(given.authority === undefined ? [] : [`--etcd-cafile=${given.authority}`]),
    ...(given.certificate === undefined ? [] : [`--etcd-certfile=${given.certificate}`]),
    ...(given.key === undefined ? [] : [`--etcd-keyfile=${given.key}`]),
  ];
  const refusal = async (flags: readonly string[]): Promise<string> => {
    const { flags: own } = await apiserverFlags(join(folder.path, "data"));
    const all = [...own, "--storage-initialization-timeout=1s", ...flags];
    const ended = await runCommand("kube-apiserver", all);
    assert.equal(ended.code, 1, ended.error);
    const lines = ended.error.split("\n").filter((line) => line.startsWith("Error: "));
    assert.equal(lines.length, 1, ended.error);
    return lines[0] ?? "";
  };

  before(async function () {
    name = await program(this);
    authority = await createAuthority({ commonName: "etcd's" }, valid);
    stranger = await createAuthority({ commonName: "a stranger's" }, valid);
    etcd = await EtcdProcess.start({ tls: await pair("etcd", authority), program: name });
  });
  after(async () => {
    await etcd?.close();
    folder.remove();
  });

  it("names the files of the client", async () => {
    const own = await pair("own", authority);
    const strange = await pair("strange", stranger);
    const old = await pair("old", authority, over);
    const nothing = write("nothing.pem", "nothing");
    const wrong: [Partial<EtcdFiles>, RegExp][] = [
      [
        { ...own, authority: strange.authority },
        /^Error: kube-apiserver: --etcd-cafile: \S*strange-ca.pem: no auth/,
      ],
      [
        { certificate: own.certificate, key: own.key },
        /^Error: kube-apiserver: --etcd-cafile: it is not given, and/,
      ],
      [
        { ...own, authority: nothing },
        /^Error: kube-apiserver: --etcd-cafile: \S*nothing.pem: there is no cert/,
      ],
      [
        { authority: own.authority },
        /^Error: kube-apiserver: --etcd-certfile: it is not given, as is --etcd-keyf/,
      ],
      [
        { ...strange, authority: own.authority },
        /^Error: kube-apiserver: --etcd-certfile: \S*strange.pem: etcd doe/,
      ],
      [old, /^Error: kube-apiserver: --etcd-certfile: \S*old.pem: it has expired on/],
      [
        { ...own, certificate: nothing },
        /^Error: kube-apiserver: --etcd-certfile: \S*nothing.pem: there is no cert/,
      ],
      [
        { ...own, key: nothing },
        /^Error: kube-apiserver: --etcd-keyfile: \S*nothing.pem: it holds no private key/,
      ],
      [
        { ...own, key: strange.key },
        /^Error: kube-apiserver: --etcd-keyfile: \S*strange.key: it is not the key/,
      ],
    ];
    for (const [given, why] of wrong) assert.match(await refusal(flagsOf(etcd.url, given)), why);
    const plain = await refusal([`--etcd-servers=${etcd.url.replace("https", "http")}`]);
    assert.match(
      plain,
      /^Error: kube-apiserver: --etcd-servers: what is there does not speak plain .*https:\/\//,
    );
    const [from, to] = [join(folder.path, "none"), etcd.url];
    const migrate = ["store", "migrate", `--to=${to}`, `--etcd-cafile=${strange.authority}`];
    const ended = await runCommand("steersman", [...migrate, `--from=${from}`]);
    assert.equal(ended.code, 1);
    const up = ["up", "--nodes=0", "--secure-port=0", "--grpc-port=0", `--etcd-servers=${to}`];
    const files = [`--etcd-cafile=${nothing}`, `--data-dir=${from}`];
    const started = await runCommand("steersman", [...up, ...files]);
    assert.match(started.error, /--etcd-cafile: \S*nothing.pem: there is no certificate in it/);
  });

  it("says what is wrong in etcd's own certificate", async () => {
    const own = await pair("own", authority);
    const elsewhere = { dns: ["elsewhere.example"], ips: [] };
    const wrong: [EtcdFiles, RegExp][] = [
      [
        await pair("other", authority, valid, elsewhere),
        /--etcd-servers: .*for other names.*127.0/,
      ],
      [
        await pair("over", authority, over),
        /--etcd-servers: etcd's own certificate .*is not valid/,
      ],
    ];
    for (const [tls, why] of wrong) {
      const broken = await EtcdProcess.start({ tls, program: name });
      try {
        assert.match(await refusal(flagsOf(broken.url, own)), why);
      } finally {
        await broken.close();
      }
    }
    const plain = await EtcdProcess.start({ program: name });
    try {
      const url = plain.url.replace("http", "https");
      // It may reset the connection before it has said anything.
      const why = /--etcd-servers: .*(nothing there speaks TLS|Connection reset by peer)/;
      assert.match(await refusal(flagsOf(url, own)), why);
    } finally {
      await plain.close();
    }
  });
}

describe("mistakes in TLS with etcd", function () {
  // Upstream's etcd is built at first.
  this.timeout(1_200_000);
  describe("of Debian", () => cases(async () => "etcd"));
  describe("of upstream", () => {
    cases((context) => requirement(context, "Go and etcd's module", builtEtcd));
  });
});
