#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { runProgram } from "../runProgram.js";

void runProgram(nodePlatform.host, async () => {
  const { schedulerCommand } = await import("../kubeScheduler/schedulerCommand.js");
  const { runComponent } = await import("../runComponent.js");
  await runComponent(schedulerCommand, nodePlatform);
});
