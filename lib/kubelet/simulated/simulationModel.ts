import type { Pod } from "../../api/gen/types/coreV1.js";
import { isGivenPromise } from "../../api/givenPromise.js";
import { RpcCode } from "../../platform/rpc.js";
import { type ContainerConfig, type PodSandboxConfig, RuntimeError } from "../cri/runtime.js";

/** A container of a simulated node, as the functions of a simulation see it. */
export interface SimulatedContainer {
  /** The pod it belongs to, as it was when its sandbox was made. */
  readonly pod: Pod;
  /** Its name within the pod. */
  readonly name: string;
  readonly image: string;
  /** Its command and arguments, with variables expanded; empty where the image's own would run. */
  readonly command: readonly string[];
  /** How often it was started before in this pod. */
  readonly restarts: number;
  /** An init container that others wait for; sidecars are none. */
  readonly isInit: boolean;
}

/** How long a container runs and how it ends. */
export interface SimulatedRun {
  /** Default: as long as the simulation's other options say. Infinity: until it is stopped. */
  readonly seconds?: number;
  /** 0 to 255; default 0. */
  readonly exitCode?: number;
}

/** A command that is executed in a simulated container. */
export interface SimulatedCommand {
  readonly container: SimulatedContainer;
  readonly command: readonly string[];
  /** What the client sends; empty at once where it sends nothing. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Aborts when the client has gone or the node stops. */
  readonly signal: AbortSignal;
}

/** What a command wrote and how it ended. */
export interface SimulatedResult {
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
  /** 0 to 255; default 0. */
  readonly exitCode?: number;
}

/** Lines of a log: a whole text, or lines as they come. */
export type SimulatedLog = string | Iterable<string> | AsyncIterable<string>;

/**
 * What containers of simulated nodes do. Annotations of a pod (docs/nodes.md) go before these
 * options, the functions before the numbers.
 *
 * ```ts
 * import { Cluster } from "steersman";
 *
 * const cluster = await Cluster.start({
 *   simulation: {
 *     jobRunSeconds: 0.1,
 *     log: ({ name }) => `${name} is up`,
 *     exec: ({ command }) => ({ stdout: `${command.join(" ")}\n`, exitCode: 0 }),
 *   },
 * });
 * await cluster.stop();
 * ```
 */
export interface SimulationOptions {
  /** How long containers of a Job's pods run, then to end with exit code 0. Default 1. */
  readonly jobRunSeconds?: number;
  /** How long those of other pods run. Default Infinity: until they are stopped. */
  readonly podRunSeconds?: number;
  /** Decides for a container that starts; undefined leaves it to the numbers. */
  readonly run?: (container: SimulatedContainer) => SimulatedRun | undefined;
  /** What a container that starts writes to its standard output. Default: nothing. */
  readonly log?: (container: SimulatedContainer) => SimulatedLog;
  /**
   * Answers `kubectl exec`, and the exec probes and hooks of pods. Default: no output and exit
   * code 0. What it throws ends the command as one that could not be started.
   */
  readonly exec?: (call: SimulatedCommand) => SimulatedResult | Promise<SimulatedResult>;
}

const prefix = "simulation.steersman.dev";

/** Annotations on a pod that say how its simulated containers behave. */
export const simulationAnnotations = {
  /** Containers end by themselves after so many seconds. */
  runSeconds: `${prefix}/run-seconds`,
  /** With which exit code; default 0. */
  exitCode: `${prefix}/exit-code`,
  /** What they write to their logs when they start. */
  log: `${prefix}/log`,
  /** What every command that is executed in them writes to its standard output. */
  execOutput: `${prefix}/exec-output`,
  /** How such a command ends; default 0. */
  execExitCode: `${prefix}/exec-exit-code`,
} as const;

const defaultJobRunSeconds = 1;
const mostExitCode = 255;

function shownValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "what it gave" : String(value);
}

function refuse(what: string, value: unknown, wanted: string): never {
  const shown = shownValue(value);
  throw new RuntimeError(RpcCode.invalidArgument, `${what}: ${shown} is not ${wanted}`);
}

function seconds(what: string, value: unknown): number {
  const isSeconds = typeof value === "number" && value >= 0;
  return isSeconds ? value : refuse(what, value, "a number of seconds from 0 on");
}

function exitCode(what: string, value: unknown): number {
  const isCode = Number.isInteger(value) && (value as number) >= 0;
  if (isCode && (value as number) <= mostExitCode) return value as number;
  return refuse(what, value, `a whole number from 0 to ${mostExitCode}`);
}

/** What a function gives: an object that has nothing but these fields, each of which may lack. */
function answer(what: string, value: unknown, fields: readonly string[]): void {
  const wanted = `an object of ${fields.join(", ")}`;
  if (typeof value !== "object" || value === null) refuse(what, value, wanted);
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) refuse(what, unknown, `a field of ${wanted}`);
}

/** What a function that may not take its time gave. */
function atOnce<T>(what: string, value: T): T {
  if (!isGivenPromise(value)) return value;
  const why = `${what}: it gave a promise, and has to say at once`;
  throw new RuntimeError(RpcCode.invalidArgument, why);
}

function isLines(value: unknown): value is Iterable<string> | AsyncIterable<string> {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

function written(what: string, value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  return refuse(what, value, "a text or bytes");
}

function annotated(
  annotations: Readonly<Record<string, string>>,
  name: string,
  read: (what: string, value: unknown) => number,
): number | undefined {
  const text = annotations[name];
  if (text === undefined) return undefined;
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  return read(`annotation ${name}`, isNumber ? Number(text) : text);
}

function refuseOtherAnnotations(annotations: Readonly<Record<string, string>>): void {
  const known: readonly string[] = Object.values(simulationAnnotations);
  const unknown = Object.keys(annotations).find(
    (name) => name.startsWith(`${prefix}/`) && !known.includes(name),
  );
  if (unknown !== undefined) refuse("annotations", unknown, `one of ${known.join(", ")}`);
}

/** What the model says of a container before it runs. */
export function simulatedContainer(
  sandbox: PodSandboxConfig,
  config: ContainerConfig,
): SimulatedContainer {
  const { name, namespace, uid } = sandbox.metadata;
  return {
    pod: sandbox.pod ?? { metadata: { name, namespace, uid }, spec: { containers: [] } },
    name: config.metadata.name,
    image: config.userSpecifiedImage,
    command: [...config.command, ...config.args],
    restarts: config.metadata.attempt,
    isInit: config.isInit === true,
  };
}

/** A text as a program writes it: its last line ends. */
function asLines(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function isSidecar({ pod, name, isInit }: SimulatedContainer): boolean {
  return !isInit && (pod.spec.initContainers ?? []).some((one) => one.name === name);
}

function isOfJob({ metadata }: Pod): boolean {
  return (metadata.ownerReferences ?? []).some(
    ({ kind, controller }) => kind === "Job" && controller === true,
  );
}

/** Answers for the containers of simulated nodes what the options and annotations say. */
export class SimulationModel {
  readonly #options: SimulationOptions;

  constructor(options: SimulationOptions = {}) {
    this.#options = options;
  }

  /**
   * How long a container runs and how it ends; Infinity runs until it is stopped. Throws
   * RuntimeError (InvalidArgument) for an annotation or a response that makes no sense.
   */
  run(
    container: SimulatedContainer,
    annotations: Readonly<Record<string, string>>,
  ): Required<SimulatedRun> {
    refuseOtherAnnotations(annotations);
    const given = atOnce("run", this.#options.run?.(container));
    if (given !== undefined) answer("run", given, ["seconds", "exitCode"]);
    const code = given?.exitCode === undefined ? 0 : exitCode("run: exitCode", given.exitCode);
    const own = given?.seconds === undefined ? undefined : seconds("run: seconds", given.seconds);
    if (container.isInit) return { seconds: own ?? 0, exitCode: code };
    const { runSeconds, exitCode: exitCodeName } = simulationAnnotations;
    const { jobRunSeconds = defaultJobRunSeconds } = this.#options;
    const { podRunSeconds = Number.POSITIVE_INFINITY } = this.#options;
    const endsByItself = isOfJob(container.pod) && !isSidecar(container);
    return {
      seconds:
        annotated(annotations, runSeconds, seconds) ??
        own ??
        (endsByItself ? jobRunSeconds : podRunSeconds),
      exitCode: annotated(annotations, exitCodeName, exitCode) ?? code,
    };
  }

  /**
   * What a container that starts writes; undefined: nothing. Throws RuntimeError (InvalidArgument)
   * for a response that is no log.
   */
  log(
    container: SimulatedContainer,
    annotations: Readonly<Record<string, string>>,
  ): SimulatedLog | undefined {
    const { log } = simulationAnnotations;
    const given = annotations[log] ?? atOnce("log", this.#options.log?.(container));
    if (given === undefined || typeof given === "string" || isLines(given)) return given;
    return refuse("log", given, "a text, or lines of it");
  }

  /** Rejects with what the function threw, and with RuntimeError for what is no result. */
  async exec(
    call: SimulatedCommand,
    annotations: Readonly<Record<string, string>>,
  ): Promise<Required<SimulatedResult>> {
    const { execOutput, execExitCode } = simulationAnnotations;
    const output = annotations[execOutput];
    const code = annotated(annotations, execExitCode, exitCode);
    if (output !== undefined || code !== undefined) {
      return { stdout: asLines(output ?? ""), stderr: "", exitCode: code ?? 0 };
    }
    const result = (await this.#options.exec?.(call)) ?? {};
    answer("exec", result, ["stdout", "stderr", "exitCode"]);
    return {
      stdout: written("exec: stdout", result.stdout ?? ""),
      stderr: written("exec: stderr", result.stderr ?? ""),
      exitCode: exitCode("exec: exitCode", result.exitCode ?? 0),
    };
  }
}
