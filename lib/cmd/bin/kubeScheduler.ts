#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { schedulerCommand } from "../kubeScheduler/schedulerCommand.js";
import { runComponent } from "../runComponent.js";

await runComponent(schedulerCommand, nodePlatform);
