#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { runProgram } from "../runProgram.js";

void runProgram(nodePlatform.host, async () => {
  const { kubeProxyCommand } = await import("../kubeProxy/kubeProxyCommand.js");
  const { runComponent } = await import("../runComponent.js");
  await runComponent(kubeProxyCommand, nodePlatform);
});
