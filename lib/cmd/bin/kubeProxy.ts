#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { kubeProxyCommand } from "../kubeProxy/kubeProxyCommand.js";
import { runComponent } from "../runComponent.js";

await runComponent(kubeProxyCommand, nodePlatform);
