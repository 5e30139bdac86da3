import type { Container, LifecycleHandler, Pod } from "../../api/gen/types/coreV1.js";
import type { Clock } from "../../platform/clock.js";
import { type ContainerRuntime, failureText } from "../cri/runtime.js";
import { type HttpGetCall, HttpGetError, type HttpGetter } from "../probes/httpGetter.js";
import type { EmitPodEvent } from "./emitPodEvent.js";
import { podFullName } from "./podIdentity.js";

/** A request of a hook that nothing else bounds is given up after this. */
const longestRequestMilliseconds = 120_000;

export interface HookCall {
  readonly handler: LifecycleHandler;
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
  /** Ends a sleep early. */
  readonly signal?: AbortSignal;
}

export interface HookRunnerParts {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly http: HttpGetter;
  readonly emit: EmitPodEvent;
}

/** Runs postStart and preStop hooks. */
export class HookRunner {
  readonly #parts: HookRunnerParts;

  constructor(parts: HookRunnerParts) {
    this.#parts = parts;
  }

  /**
   * Rejects with what failed, for the container's status; it may hold what the container printed,
   * so it goes into no event.
   */
  async run(call: HookCall): Promise<void> {
    const { handler, pod, container } = call;
    const where = `for Container "${container.name}" in Pod "${podFullName(pod)}" failed`;
    if (handler.exec) {
      const command = handler.exec.command ?? [];
      const shown = `Exec lifecycle hook ([${command.join(" ")}]) ${where}`;
      const { exitCode, stdout, stderr } = await this.#parts.runtime
        .execSync(call.containerId, command, 0)
        .catch((error: unknown) => {
          throw new Error(`${shown} - error: ${failureText(error)}, message: ""`);
        });
      if (exitCode === 0) return;
      const output = JSON.stringify(Buffer.concat([stdout, stderr]).toString("utf8"));
      const why = `command '${command.join(" ")}' exited with ${exitCode}: ${tail(stderr)}`;
      throw new Error(`${shown} - error: ${why}, message: ${output}`);
    }
    if (handler.httpGet) {
      try {
        await this.#httpGet(call);
      } catch (error) {
        const path = handler.httpGet.path ?? "";
        throw new Error(`HTTP lifecycle hook (${path}) ${where} - error: ${failureText(error)}`);
      }
      return;
    }
    if (handler.sleep) {
      await this.#parts.clock.sleep(handler.sleep.seconds * 1000, call.signal);
      if (!call.signal?.aborted) return;
      const why = "container terminated before sleep hook finished";
      throw new Error(`Sleep lifecycle hook (${handler.sleep.seconds}) ${where} - error: ${why}`);
    }
    // tcpSocket stands in the API and has never worked: upstream refuses it here as well.
    const name = handler.tcpSocket ? "tcpSocket" : "none";
    throw new Error(`Cannot run handler: invalid handler: ${name}`);
  }

  /** Whatever the server answers is good: only no response is a failure, as upstream. */
  async #httpGet({ handler, pod, container, podIp }: HookCall): Promise<void> {
    const action = handler.httpGet as NonNullable<LifecycleHandler["httpGet"]>;
    if (!action.host && podIp === "") throw new Error("failed to find networking container");
    const call: HttpGetCall = {
      action,
      container,
      podIp,
      purpose: "lifecycle",
      timeoutMilliseconds: longestRequestMilliseconds,
    };
    const { http, emit } = this.#parts;
    try {
      await http.get(call);
    } catch (error) {
      if (!(error instanceof HttpGetError) || !error.isPlainTextResponse) throw error;
      // Headers such as tokens were meant for TLS.
      const httpHeaders = (action.httpHeaders ?? []).filter(
        (header) => header.name.toLowerCase() !== "authorization",
      );
      await http.get({ ...call, action: { ...action, httpHeaders, scheme: "HTTP" } });
      const message =
        `request to HTTPS lifecycle hook ${action.host || podIp} got HTTP response, ` +
        "retry with HTTP succeeded";
      emit(pod, undefined, "Warning", "LifecycleHTTPFallback", message);
    }
  }
}

const maxShownBytes = 1024;

function tail(bytes: Uint8Array): string {
  return Buffer.from(bytes.slice(-maxShownBytes)).toString("utf8").trim();
}
