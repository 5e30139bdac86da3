/** What a cluster is made of: most of this package's code, loaded when the first one starts. */
export { nativeCodec } from "../api/nativeCodec.js";
export { channelClient } from "../client/connectClient.js";
export { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
export { ControllerManager } from "../controllers/controllerManager.js";
export { dnsUser } from "../dns/dnsService.js";
export { SimulationModel } from "../kubelet/simulated/simulationModel.js";
export { nodePlatform } from "../platform/node/nodePlatform.js";
export { Scheduler } from "../scheduler/scheduler.js";
export { serveDns } from "./servedDns.js";
export { simulatedNode } from "./simulatedNode.js";
export { startParts } from "./startParts.js";
