import assert from "node:assert/strict";
import type { Command } from "commander";
import type { FlagDefinition } from "../../../lib/cmd/flags/flagTable.js";
import { flagsWithTexts, flagText } from "../../../lib/cmd/flags/flagTexts.js";
import { kubeApiserverFlags } from "../../../lib/cmd/flags/kubeApiserverFlags.js";
import { kubeControllerManagerFlags } from "../../../lib/cmd/flags/kubeControllerManagerFlags.js";
import { kubeletFlags } from "../../../lib/cmd/flags/kubeletFlags.js";
import { kubeProxyFlags } from "../../../lib/cmd/flags/kubeProxyFlags.js";
import { kubeSchedulerFlags } from "../../../lib/cmd/flags/kubeSchedulerFlags.js";
import { describeFlags, parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { steersmanProgram } from "../../../lib/cmd/steersman/program.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const components: Record<string, readonly FlagDefinition[]> = {
  "kube-apiserver": kubeApiserverFlags,
  "kube-controller-manager": kubeControllerManagerFlags,
  "kube-scheduler": kubeSchedulerFlags,
  kubelet: kubeletFlags,
  "kube-proxy": kubeProxyFlags,
};

/** A value of each type that is not a plain text. */
const samples: Readonly<Record<string, string>> = {
  bool: "true",
  int: "3",
  int32: "3",
  float: "0.5",
  float32: "0.5",
  Level: "2",
  duration: "1m30s",
  ip: "10.0.0.9",
  mapStringString: "a=b",
  mapStringBool: "a=true",
  stringToString: "a=b",
  "version[=true]": "true",
};

/** What older units carry, beside upstream's flags of today. */
const older: Record<string, readonly string[]> = {
  "kube-apiserver": [...["port", "address", "basic-auth-file", "kubelet-https", "logtostderr"]],
  "kube-controller-manager": ["address", "port", "logtostderr"],
  "kube-scheduler": ["address", "port", "logtostderr"],
  kubelet: [
    ...["cni-bin-dir", "cni-conf-dir", "network-plugin", "pod-infra-container-image"],
    "logtostderr",
  ],
  "kube-proxy": ["logtostderr"],
};

for (const [component, flags] of Object.entries(components)) {
  describe(`${component}'s flags`, () => {
    it("have names of their own", () => {
      const names = flags.map((flag) => flag.name);
      assert.deepEqual(
        names.filter((name, at) => names.indexOf(name) !== at),
        [],
      );
      assert.ok(names.every((name) => /^[a-z0-9-]+$/i.test(name)));
    });

    it("are all accepted, with dashes and underscores, inline and apart", () => {
      for (const flag of flags) {
        const value = samples[flag.type] ?? "x";
        const inline = parseFlags(flags, [`--${flag.name.replaceAll("-", "_")}=${value}`]);
        assert.equal(inline.string(flag.name), value, flag.name);
        if (flag.type === "bool" || /^version|^RuntimeDefault/.test(flag.type)) continue;
        const apart = parseFlags(flags, [`--${flag.name}`, value]);
        assert.equal(apart.string(flag.name), value, flag.name);
      }
    });

    it("have defaults of their own type", () => {
      for (const flag of flags) {
        // "[]" is how an empty list or map is shown, not a value.
        if (flag.default === "" || flag.default === "[]") continue;
        const values = parseFlags(flags, [`--${flag.name}=${flag.default}`]);
        assert.equal(values.string(flag.name), flag.default);
      }
    });

    it("stand in --help, each on its line", () => {
      const lines = describeFlags(component, flags).split("\n");
      for (const flag of flags) {
        const own = lines.filter((line) => new RegExp(`^ .{5}--${flag.name}(?: |$)`).test(line));
        assert.equal(own.length, 1, flag.name);
        assert.equal(own[0]?.includes("(DEPRECATED: "), flag.deprecated, flag.name);
      }
    });

    it("say in --help what they are for, in one line", () => {
      const lines = describeFlags(component, flags).split("\n");
      for (const { name } of flags) {
        const text = flagText(component, name) ?? "";
        assert.match(text, /^[A-Z].*[^.]$/, name);
        const line = lines.find((one) => new RegExp(`^ .{5}--${name}(?: |$)`).test(one));
        assert.ok(line?.includes(text), name);
      }
    });

    it("include the older ones, marked so", () => {
      for (const name of older[component] ?? []) {
        assert.equal(flags.find((flag) => flag.name === name)?.deprecated, true, name);
      }
    });

    it("include help, version and verbosity", () => {
      const types = new Map(flags.map((flag) => [flag.name, flag.type]));
      assert.equal(types.get("version"), "version[=true]");
      assert.equal(types.get("v"), "Level");
      assert.equal(types.get("help"), "bool");
    });
  });
}

describe("texts of flags", () => {
  it("are of flags that there are, each once", () => {
    const known = Object.entries(components).flatMap(([component, flags]) =>
      flags.flatMap(({ name }) => [name, `${component}/${name}`]),
    );
    assert.deepEqual(
      flagsWithTexts.filter((name) => !known.includes(name)),
      [],
    );
    assert.ok(flagsWithTexts.length > 400);
  });

  it("are there for every option of steersman's commands, too", () => {
    const commands: Command[] = [steersmanProgram(nodePlatform, "steersman")];
    for (let command = commands.pop(); command !== undefined; command = commands.pop()) {
      commands.push(...command.commands);
      assert.ok(command.description().length > 10, command.name());
      for (const option of command.options) {
        assert.ok(option.description.length > 10, `${command.name()} ${option.long}`);
      }
      for (const argument of command.registeredArguments) {
        assert.ok(argument.description.length > 3, `${command.name()} ${argument.name()}`);
      }
    }
  });
});
