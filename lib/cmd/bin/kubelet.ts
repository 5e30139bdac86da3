#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { runProgram } from "../runProgram.js";

void runProgram(nodePlatform.host, async () => {
  const { kubeletCommand } = await import("../kubelet/kubeletCommand.js");
  const { runComponent } = await import("../runComponent.js");
  await runComponent(kubeletCommand, nodePlatform);
});
