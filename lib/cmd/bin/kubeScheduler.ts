#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { runComponent } from "../runComponent.js";
import { schedulerCommand } from "../scheduler/schedulerCommand.js";

await runComponent(schedulerCommand, nodePlatform);
