import type { Command } from "commander";
import type { Platform } from "../../../platform/platform.js";
import { type EtcdFlags, etcdOptions } from "./etcdOptions.js";

/**
 * `steersman etcd`, and `steersman assets` for who starts it. `script` is the URL of the file that
 * runs.
 */
export function addEtcdCommands(program: Command, platform: Platform, script: string): void {
  const etcdCommand = program
    .command("etcd")
    .description("serve etcd's API over the embedded store, with etcd's flags");
  for (const option of etcdOptions()) etcdCommand.addOption(option);
  // Loaded when one runs, as with all commands.
  etcdCommand.action(async (flags: EtcdFlags) => {
    const { etcd } = await import("./etcdCommand.js");
    await etcd(flags, platform);
  });
  program
    .command("assets")
    .description("write a folder of programs for envtest: etcd and kube-apiserver of this package")
    .argument("<dir>", "the folder, which KUBEBUILDER_ASSETS is to name")
    .action(async (directory: string) => {
      const { assets } = await import("../assetsCommand.js");
      await assets(directory, platform, script);
    });
}
