/** What `import … from "steersman"` gives. */
export { resources } from "./api/gen/resources.js";
export type * as types from "./api/gen/types/index.js";
export { ApiError } from "./api/status.js";
export { steersmanVersion } from "./api/versions.js";
export type { Client, RawRequest } from "./client/client.js";
export type { Informer } from "./client/informer/informer.js";
export type { ObjectList, ResourceClient, WatchEvent } from "./client/resourceClient.js";
export { Cluster, type ClusterUser } from "./cluster/cluster.js";
export { ClusterError } from "./cluster/clusterError.js";
export type { ClusterOptions } from "./cluster/clusterOptions.js";
