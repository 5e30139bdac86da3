#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { apiserverCommand } from "../kubeApiserver/apiserverCommand.js";
import { runComponent } from "../runComponent.js";

await runComponent(apiserverCommand, nodePlatform);
