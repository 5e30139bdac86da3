import type { HttpRequest, HttpResponse } from "../../platform/network.js";
import type { ContainerRuntime } from "../cri/runtime.js";
import { HttpError, sendText } from "./httpResponses.js";
import type { StreamPods } from "./streamHandler.js";

/**
 * `/run/{namespace}/{pod}[/{uid}]/{container}?cmd=…`: runs to the end and responds with all of the
 * output.
 */
export class RunHandler {
  readonly #pods: StreamPods;
  readonly #runtime: ContainerRuntime;

  constructor(pods: StreamPods, runtime: ContainerRuntime) {
    this.#pods = pods;
    this.#runtime = runtime;
  }

  async handle(call: {
    readonly request: HttpRequest;
    readonly response: HttpResponse;
    readonly parts: readonly string[];
    readonly query: URLSearchParams;
  }): Promise<void> {
    if (call.request.method !== "POST") throw new HttpError(405, "405: Method Not Allowed");
    const [namespace = "", name = ""] = call.parts;
    const uid = call.parts.length > 3 ? call.parts[2] : undefined;
    const pod = this.#pods.findPod(namespace, name, uid);
    if (!pod) throw new HttpError(404, "pod does not exist");
    const container = call.parts.at(-1) ?? "";
    const id = this.#pods.containerIdOf(pod, container);
    if (id === undefined) {
      throw new HttpError(500, `container not found (${JSON.stringify(container)})`);
    }
    const command = (call.query.get("cmd") ?? "").split(" ").filter((word) => word !== "");
    const { exitCode, stdout, stderr } = await this.#runtime.execSync(id, command, 0);
    const output = Buffer.concat([stdout, stderr]).toString();
    if (exitCode !== 0) {
      throw new HttpError(500, `command terminated with exit code ${exitCode}: ${output}`);
    }
    sendText(call.response, 200, output);
  }
}
