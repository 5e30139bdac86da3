import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { checkFlagFiles } from "../../../lib/cmd/flags/checkFlagFiles.js";
import { checkFlags } from "../../../lib/cmd/flags/checkFlags.js";
import type { FlagValues } from "../../../lib/cmd/flags/flagValues.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { apiserverCommand } from "../../../lib/cmd/kubeApiserver/apiserverCommand.js";
import { controllerManagerCommand } from "../../../lib/cmd/kubeControllerManager/controllerManagerCommand.js";
import { checkSettingsFiles, kubeletCommand } from "../../../lib/cmd/kubelet/kubeletCommand.js";
import {
  KubeletSettings,
  parseKubeletConfiguration,
} from "../../../lib/cmd/kubelet/kubeletSettings.js";
import { kubeProxyCommand } from "../../../lib/cmd/kubeProxy/kubeProxyCommand.js";
import { schedulerCommand } from "../../../lib/cmd/kubeScheduler/schedulerCommand.js";
import type { ComponentCommand } from "../../../lib/cmd/runComponent.js";
import { init } from "../../../lib/cmd/steersman/initCommand.js";
import { dnsOptions } from "../../../lib/cmd/steersman/program.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";

const folder = fileURLToPath(new URL("../../../../packaging/systemd/", import.meta.url));
const commands: readonly ComponentCommand[] = [
  ...[apiserverCommand, controllerManagerCommand, schedulerCommand],
  ...[kubeletCommand, kubeProxyCommand],
];

interface Unit {
  readonly command: ComponentCommand;
  readonly values: FlagValues;
}

function unitOf(file: string): Unit {
  const command = commands.find(({ name }) => file === `${name}.service`);
  assert.ok(command);
  const text = readFileSync(`${folder}${file}`, "utf8");
  const started = /^ExecStart=(?:.*\\\n)*.*/m.exec(text)?.[0] ?? "";
  const flags = started.match(/--\S+/g) ?? [];
  assert.ok(flags.length > 3);
  return { command, values: parseFlags(command.flags, flags) };
}

describe("the units' flags", () => {
  let directory: string;
  let platform: Platform;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "units-"));
    const host = { ...nodePlatform.host, writeOutput: () => undefined };
    const readTextNow = (path: string): string => nodePlatform.files.readTextNow(directory + path);
    platform = { ...nodePlatform, host, files: { ...nodePlatform.files, readTextNow } };
    const address = "10.0.0.9";
    await init(
      {
        ...{ dir: directory, address, node: address, etcdAddress: "10.0.0.6" },
        serviceClusterIpRange: "10.10.0.0/16",
      },
      { ...platform, files: nodePlatform.files },
    );
  });

  after(() => rmSync(directory, { recursive: true }));

  it("name a kubeconfig that steersman init makes: steersman-dns.service", () => {
    const text = readFileSync(`${folder}steersman-dns.service`, "utf8");
    const flags = new Map([...text.matchAll(/--(\S+?)=(\S+)/g)].map(([, name, to]) => [name, to]));
    const dns = new Command("dns");
    for (const option of dnsOptions()) dns.addOption(option);
    for (const name of flags.keys())
      assert.ok(
        dns.options.some(({ long }) => long === `--${name}`),
        name,
      );
    const kubeconfig = platform.files.readTextNow(flags.get("kubeconfig") ?? "");
    assert.match(kubeconfig, /system:cluster-dns/);
    const settings = parseKubeletConfiguration(
      platform.files.readTextNow("/var/lib/kubelet/config.yaml"),
      "config.yaml",
    );
    assert.deepEqual(settings.clusterDNS, [flags.get("service-ip")]);
    assert.equal(settings.clusterDomain, flags.get("cluster-domain"));
  });

  it("name files that steersman init makes, and where kube-apiserver's looks: etcd.service", () => {
    const text = readFileSync(`${folder}etcd.service`, "utf8");
    const flags = new Map([...text.matchAll(/--(\S+?)=(\S+)/g)].map(([, name, to]) => [name, to]));
    const named = [...flags].filter(([name]) => /-file$/.test(name ?? ""));
    assert.equal(named.length, 6);
    for (const [, path] of named)
      assert.match(platform.files.readTextNow(path ?? ""), /-----BEGIN/);
    const { values } = unitOf("kube-apiserver.service");
    assert.deepEqual(values.strings("etcd-servers"), [flags.get("advertise-client-urls")]);
    const { X509Certificate } = crypto;
    const read = (path: string): InstanceType<typeof X509Certificate> =>
      new X509Certificate(platform.files.readTextNow(path));
    const server = read(flags.get("cert-file") ?? "");
    assert.equal(server.checkIP("10.0.0.6"), "10.0.0.6");
    const client = read(values.string("etcd-certfile"));
    const name = flags.get("client-cert-allowed-hostname") ?? "";
    assert.equal(client.checkHost(name), name);
  });

  const others = ["steersman-dns.service", "etcd.service"];
  for (const file of readdirSync(folder).filter((name) => !others.includes(name))) {
    it(`guard nothing that would not be guarded: ${file}`, () => {
      const { command, values } = unitOf(file);
      checkFlags(command.name, values);
    });

    it(`name files that steersman init makes: ${file}`, () => {
      const { command, values } = unitOf(file);
      checkFlagFiles(platform, values);
      if (command !== kubeletCommand) return;
      const path = values.string("config");
      const settings = parseKubeletConfiguration(platform.files.readTextNow(path), path);
      checkSettingsFiles(new KubeletSettings(values, settings), platform);
      const wrong = { ...settings, tlsCertFile: "/nowhere" };
      assert.throws(() => checkSettingsFiles(new KubeletSettings(values, wrong), platform), {
        message: "--tls-cert-file: /nowhere: no such file",
      });
    });
  }
});
