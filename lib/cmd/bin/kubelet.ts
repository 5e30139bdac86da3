#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { kubeletCommand } from "../kubelet/kubeletCommand.js";
import { runComponent } from "../runComponent.js";

await runComponent(kubeletCommand, nodePlatform);
