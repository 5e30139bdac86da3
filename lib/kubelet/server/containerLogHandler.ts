import type { HttpRequest, HttpResponse } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import type { ContainerRuntime } from "../cri/runtime.js";
import { containersOf } from "../pods/podIdentity.js";
import { HttpError } from "./httpResponses.js";
import { LogUnavailableError, loggedContainerId } from "./logs/containerLog.js";
import { LogFollower } from "./logs/logFollower.js";
import { parseLogQuery } from "./logs/logQuery.js";
import type { StreamPods } from "./streamHandler.js";

export interface ContainerLogParts {
  readonly platform: Platform;
  readonly kubelet: StreamPods;
  readonly runtime: ContainerRuntime;
}

/** `/containerLogs/{namespace}/{pod}/{container}`. */
export class ContainerLogHandler {
  readonly #parts: ContainerLogParts;

  constructor(parts: ContainerLogParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when the log has been sent; HttpErrors before the first byte are the client's answer.
   */
  async handle(call: {
    readonly request: HttpRequest;
    readonly response: HttpResponse;
    readonly parts: readonly string[];
    readonly query: URLSearchParams;
  }): Promise<void> {
    const { kubelet, runtime, platform } = this.#parts;
    const { files, clock } = platform;
    const { request, response } = call;
    const [namespace = "", name = "", container = ""] = call.parts;
    if (container === "") throw new HttpError(400, "missing containerName\n");
    const query = parseLogQuery(call.query, clock.now());
    if ("problem" in query) throw new HttpError(422, `${query.problem}\n`);
    const pod = kubelet.findPod(namespace, name);
    if (!pod) throw new HttpError(404, `pod ${JSON.stringify(name)} does not exist\n`);
    if (!containersOf(pod).some((one) => one.container.name === container)) {
      throw new HttpError(404, `container "${container}" not found in pod "${name}"\n`);
    }
    const id = this.#containerId(() => loggedContainerId(pod, container, query.previous));
    const status = await runtime.containerStatus(id);
    if (!status || status.logPath === "") {
      throw new HttpError(400, `unable to retrieve container logs for ${id}`);
    }
    const isRunning = async (): Promise<boolean> => {
      const now = kubelet.findPod(namespace, name, pod.metadata.uid);
      if (now && kubelet.containerIdOf(now, container) === id) return true;
      return (await runtime.containerStatus(id).catch(() => undefined))?.state === "running";
    };
    if (!(await files.exists(status.logPath))) {
      throw new HttpError(400, `failed to try resolving symlinks in path "${status.logPath}"`);
    }
    response.start(200, { "content-type": "text/plain" });
    const write = (bytes: Buffer): Promise<void> => writeSlowly(response, request.signal, bytes);
    const parts = { files, clock, write, signal: request.signal };
    await new LogFollower({ path: status.logPath, isRunning }, query.options, parts).run();
    response.end();
  }

  #containerId(find: () => string): string {
    try {
      return find();
    } catch (error) {
      if (error instanceof LogUnavailableError) throw new HttpError(400, error.message);
      throw error;
    }
  }
}

/** Resolves when the client can take more, or is gone. */
function writeSlowly(response: HttpResponse, signal: AbortSignal, bytes: Buffer): Promise<void> {
  if (signal.aborted || response.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done);
    response.onDrain(done);
  });
}
