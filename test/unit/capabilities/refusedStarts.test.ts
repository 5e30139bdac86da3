import assert from "node:assert/strict";
import { admissionPluginRows } from "../../../lib/api/capabilities/admissionPlugins.js";
import { configFieldRows } from "../../../lib/api/capabilities/configFields.js";
import { flagRows } from "../../../lib/api/capabilities/flags/flagCapability.js";
import { checkFlags } from "../../../lib/cmd/flags/checkFlags.js";
import type { FlagDefinition } from "../../../lib/cmd/flags/flagTable.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { apiserverCommand } from "../../../lib/cmd/kubeApiserver/apiserverCommand.js";
import { admissionChoice } from "../../../lib/cmd/kubeApiserver/apiserverFlags.js";
import { controllerManagerCommand } from "../../../lib/cmd/kubeControllerManager/controllerManagerCommand.js";
import { kubeletCommand } from "../../../lib/cmd/kubelet/kubeletCommand.js";
import {
  KubeletSettings,
  parseKubeletConfiguration,
} from "../../../lib/cmd/kubelet/kubeletSettings.js";
import { kubeProxyCommand } from "../../../lib/cmd/kubeProxy/kubeProxyCommand.js";
import { schedulerCommand } from "../../../lib/cmd/kubeScheduler/schedulerCommand.js";
import { type ComponentCommand, runComponent } from "../../../lib/cmd/runComponent.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";

const commands: readonly ComponentCommand[] = [
  ...[apiserverCommand, controllerManagerCommand, schedulerCommand],
  ...[kubeletCommand, kubeProxyCommand],
];

class Exit extends Error {}

interface Ended {
  readonly text: string;
  readonly code: number | undefined;
  readonly isStarted: boolean;
}

/** Runs a component whose start is only noted. */
async function run(
  command: ComponentCommand,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const ended: { text: string; code: number | undefined; isStarted: boolean } = {
    text: "",
    code: undefined,
    isStarted: false,
  };
  let terminate: (() => void) | undefined;
  const host: Platform["host"] = {
    ...nodePlatform.host,
    arguments: [...args],
    writeError: (written) => {
      ended.text += written;
    },
    onTermination: (callback) => {
      terminate = () => callback("SIGTERM");
      return () => undefined;
    },
    exit: (given) => {
      ended.code ??= given;
      throw new Exit();
    },
    setExitCode: (given) => {
      ended.code = given;
    },
    notifyServiceManager: async (state) => {
      if (state === "READY=1") terminate?.();
    },
  };
  const readTextNow = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
    return text;
  };
  const platform = { ...nodePlatform, host, files: { ...nodePlatform.files, readTextNow } };
  const noted = {
    ...command,
    start: async () => {
      ended.isStarted = true;
      return { stop: () => Promise.resolve() };
    },
  };
  await runComponent(noted, platform).catch((error: unknown) => {
    if (!(error instanceof Exit)) throw error;
  });
  return ended;
}

/** A value that is not the flag's default, and that a row with `when` speaks of. */
function otherValue(flag: FlagDefinition, when: RegExp | undefined): string {
  if (when !== undefined) {
    const values = ["api/all=false", "Node,RBAC,Webhook", "TLS_RSA_WITH_AES_128_CBC_SHA", "25"];
    return values.find((value) => when.test(value)) ?? "";
  }
  switch (flag.type) {
    case "bool":
      return flag.default === "true" ? "false" : "true";
    case "int":
    case "int32":
    case "int64":
      return "7";
    case "float":
    case "float32":
      return "0.5";
    case "duration":
      return "7s";
    case "int32Slice":
      return "29";
    case "mapStringString":
      return "a=b";
    default:
      return "/some/file";
  }
}

describe("a flag that guards and would not", () => {
  for (const command of commands) {
    const refused = (flagRows[command.name] ?? []).filter(({ state }) => state === "refused");
    for (const { flags, when, why } of refused) {
      for (const name of flags) {
        const definition = command.flags.find((flag) => flag.name === name);
        it(`ends the start of ${command.name}: --${name}`, async () => {
          assert.ok(definition);
          const { text, code, isStarted } = await run(command, [
            `--${name}=${otherValue(definition, when)}`,
          ]);
          assert.equal(text, `Error: ${command.name}: --${name}: ${why}\n`);
          assert.equal(code, 1);
          assert.equal(isStarted, false);
        });

        it(`may be given its default: --${name} of ${command.name}`, () => {
          assert.ok(definition);
          const values = parseFlags(command.flags, [`--${name}=${definition.default}`]);
          assert.deepEqual(checkFlags(command.name, values), []);
        });
      }
    }

    it(`${command.name} starts with an inert flag and says so`, async () => {
      const { text, isStarted } = await run(command, ["--vmodule=file=4", "--profiling=true"]);
      if (command.flags.some(({ name }) => name === "profiling")) assert.ok(isStarted, text);
    });
  }
});

describe("a flag that asks for what is done anyway", () => {
  const asked: readonly [ComponentCommand, string][] = [
    [apiserverCommand, "--profiling=false"],
    [apiserverCommand, "--permit-address-sharing"],
    [controllerManagerCommand, "--profiling=false"],
    [schedulerCommand, "--profiling=false"],
    [kubeletCommand, "--fail-swap-on=false"],
    [kubeletCommand, "--fail-cgroupv1=false"],
  ];
  for (const [command, flag] of asked) {
    it(`is neither refused nor named: ${flag} of ${command.name}`, () => {
      assert.deepEqual(checkFlags(command.name, parseFlags(command.flags, [flag])), []);
    });
  }
});

describe("files that flags name", () => {
  const started = (args: readonly string[], files: Readonly<Record<string, string>>) =>
    run(apiserverCommand, args, files);

  it("are looked for, also where the flag has no effect yet", async () => {
    const { text, code } = await started(["--proxy-client-cert-file=/nowhere.pem"], {});
    assert.equal(
      text,
      "Error: kube-apiserver: --proxy-client-cert-file: /nowhere.pem: no such file\n",
    );
    assert.equal(code, 1);
  });

  it("are parsed, and nothing of them is told", async () => {
    const files = { "/key.pem": "top secret", "/a.yaml": "a: [" };
    const key = await started(["--etcd-keyfile=/key.pem"], files);
    assert.match(
      key.text,
      /^Error: kube-apiserver: --etcd-keyfile: \/key\.pem: it holds no private key/,
    );
    assert.doesNotMatch(key.text, /top secret/);
    const yaml = await started(["--tracing-config-file=/a.yaml"], files);
    assert.match(yaml.text, /--tracing-config-file: \/a\.yaml: it holds no YAML/);
    const none = await started(["--client-ca-file=/key.pem"], files);
    assert.match(none.text, /--client-ca-file: \/key\.pem: there is no certificate in it/);
  });
});

describe("feature gates", () => {
  const gates = (text: string) => run(apiserverCommand, [`--feature-gates=${text}`]);

  it("may be given their defaults", async () => {
    const { text, isStarted } = await gates("AllAlpha=false,APIResponseCompression=true");
    assert.ok(isStarted);
    assert.doesNotMatch(text, /feature gates/);
  });

  it("are named where they would switch something", async () => {
    const { text, isStarted } = await gates("kube:AllAlpha=true");
    assert.ok(isStarted);
    assert.match(text, /These feature gates have no effect.*AllAlpha/);
  });

  it("end the start where they are unknown and off, or no boolean", async () => {
    assert.match((await gates("NoSuchGate=false")).text, /--feature-gates: NoSuchGate: /);
    assert.match((await gates("StorageVersionAPI=true")).text, /StorageVersionAPI: no API server/);
    assert.match((await gates("APIServerIdentity=false")).text, /APIServerIdentity: every API/);
    assert.match((await gates("AllAlpha=maybe")).text, /--feature-gates: AllAlpha: "maybe" is/);
  });
});

describe("a field of a file that guards and would not", () => {
  const refused = (configFieldRows.kubelet ?? []).filter(({ state }) => state === "refused");
  for (const { fields, why } of refused) {
    for (const field of fields) {
      it(`ends the kubelet's start: ${field}`, () => {
        const text = JSON.stringify({
          kind: "KubeletConfiguration",
          apiVersion: "kubelet.config.k8s.io/v1beta1",
          [field]: field === "podPidsLimit" ? 100 : true,
        });
        assert.throws(() => parseKubeletConfiguration(text, "/c.yaml"), {
          message: `--config /c.yaml: ${field}: ${why}`,
        });
      });
    }
  }

  it("may be a gate, which is looked at like one of --feature-gates", () => {
    const read = (featureGates: object): KubeletSettings => {
      const apiVersion = "kubelet.config.k8s.io/v1beta1";
      const text = JSON.stringify({ kind: "KubeletConfiguration", apiVersion, featureGates });
      const flags = parseFlags(kubeletCommand.flags, []);
      return new KubeletSettings(flags, parseKubeletConfiguration(text, "/c.yaml"));
    };
    assert.throws(() => read({ NoSuchGate: false }), /^FlagError: --config .*NoSuchGate: /);
    assert.deepEqual(read({ AllAlpha: false }).withoutEffect(), []);
    assert.deepEqual(read({ AllAlpha: true }).withoutEffect(), ["featureGates.AllAlpha"]);
  });

  it("may say what is done anyway", () => {
    const text = JSON.stringify({
      kind: "KubeletConfiguration",
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      ...{ protectKernelDefaults: false, podPidsLimit: -1 },
    });
    const tree = parseKubeletConfiguration(text, "/c.yaml");
    const settings = new KubeletSettings(parseFlags(kubeletCommand.flags, []), tree);
    assert.deepEqual(settings.withoutEffect(), []);
  });
});

describe("an admission plugin that is not there", () => {
  const choose = (name: string) =>
    admissionChoice(
      parseFlags(apiserverCommand.flags, [`--enable-admission-plugins=NodeRestriction,${name}`]),
    );
  for (const { plugins, state, why } of admissionPluginRows) {
    for (const name of plugins) {
      it(`${name} is ${state}`, () => {
        if (state === "inert") assert.ok(choose(name).enabled?.includes(name));
        else assert.throws(() => choose(name), { message: new RegExp(`${name}: ${why}`) });
      });
    }
  }
});
