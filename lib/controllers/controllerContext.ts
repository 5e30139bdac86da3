import type { Client } from "../client/client.js";
import type { EventRecorder } from "../client/events/eventRecorder.js";
import type { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import type { WorkQueueMetrics } from "../client/workqueue/workQueue.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import type { ControllerOptions } from "./controllerOptions.js";

export type ControllerPlatform = Pick<Platform, "clock" | "random" | "files">;

/** What a controller is made with. */
export interface ControllerContext {
  /** The controller's own, under its own service account where that is asked for. */
  readonly client: Client;
  /** Shared by all controllers: what comes from it must not be changed. */
  readonly informers: SharedInformerFactory;
  readonly platform: ControllerPlatform;
  readonly logger: Logger;
  readonly recorder: EventRecorder;
  readonly options: ControllerOptions;
  queueMetrics(queue: string): WorkQueueMetrics;
  /**
   * Calls back when the server has other kinds than before; returns what forgets it. Absent where
   * the server is not in this process: discovery is asked from time to time then.
   */
  readonly onKindsChange?: (listener: () => void) => () => void;
  /** How late a CronJob's Job was made; absent where nobody counts. */
  readonly observeCreationSkew?: (seconds: number) => void;
}

/** One control loop. */
export interface Controller {
  /** As in `--controllers`, for example `deployment-controller`. */
  readonly name: string;
  /** Works until the signal aborts, and resolves when its last sync has ended. */
  run(signal: AbortSignal): Promise<void>;
}
