import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkFlags } from "../../../lib/cmd/flags/checkFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { apiserverCommand } from "../../../lib/cmd/kubeApiserver/apiserverCommand.js";
import { controllerManagerCommand } from "../../../lib/cmd/kubeControllerManager/controllerManagerCommand.js";
import { kubeletCommand } from "../../../lib/cmd/kubelet/kubeletCommand.js";
import { kubeProxyCommand } from "../../../lib/cmd/kubeProxy/kubeProxyCommand.js";
import { schedulerCommand } from "../../../lib/cmd/kubeScheduler/schedulerCommand.js";
import type { ComponentCommand } from "../../../lib/cmd/runComponent.js";

const folder = fileURLToPath(new URL("../../../../packaging/systemd/", import.meta.url));
const commands: readonly ComponentCommand[] = [
  ...[apiserverCommand, controllerManagerCommand, schedulerCommand],
  ...[kubeletCommand, kubeProxyCommand],
];

describe("the units' flags", () => {
  for (const file of readdirSync(folder)) {
    it(`guard nothing that would not be guarded: ${file}`, () => {
      const command = commands.find(({ name }) => file === `${name}.service`);
      assert.ok(command);
      const text = readFileSync(`${folder}${file}`, "utf8");
      const started = /^ExecStart=(?:.*\\\n)*.*/m.exec(text)?.[0] ?? "";
      const flags = started.match(/--\S+/g) ?? [];
      assert.ok(flags.length > 3);
      checkFlags(command.name, parseFlags(command.flags, flags));
    });
  }
});
