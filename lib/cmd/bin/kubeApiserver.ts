#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { runProgram } from "../runProgram.js";

void runProgram(nodePlatform.host, async () => {
  const { apiserverCommand } = await import("../kubeApiserver/apiserverCommand.js");
  const { runComponent } = await import("../runComponent.js");
  await runComponent(apiserverCommand, nodePlatform);
});
