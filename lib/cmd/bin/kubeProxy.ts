#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { proxyCommand } from "../proxy/proxyCommand.js";
import { runComponent } from "../runComponent.js";

await runComponent(proxyCommand, nodePlatform);
