#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { controllerManagerCommand } from "../kubeControllerManager/controllerManagerCommand.js";
import { runComponent } from "../runComponent.js";

await runComponent(controllerManagerCommand, nodePlatform);
