import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface ReferenceRequest {
  readonly operation:
    | "kinds"
    | "object"
    | "decode"
    | "quantity"
    | "yaml"
    | "readYaml"
    | "strategicMergePatch"
    | "managedFields"
    | "apply"
    | "labelSelector"
    | "fieldSelector";
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly seed?: number;
  readonly live?: unknown;
  readonly object?: unknown;
  readonly patch?: unknown;
  readonly text?: string;
  readonly manager?: string;
  readonly subresource?: string;
  readonly force?: boolean;
  /** Base64. */
  readonly body?: string;
}

export interface ReferenceResponse {
  readonly kinds?: readonly { readonly apiVersion: string; readonly kind: string }[];
  readonly json?: string;
  /** Base64. */
  readonly protobuf?: string;
  readonly text?: string;
  readonly strict?: readonly string[];
  readonly error?: string;
}

const module = fileURLToPath(new URL("../../../../test/interop/codec/", import.meta.url));

/** The Go program of this folder, built from its own module and asked over its pipes. */
export class GoReference {
  readonly #folder: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  private constructor(folder: string, process: ChildProcessWithoutNullStreams) {
    this.#folder = folder;
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Why it cannot be built here, if so. */
  static async start(): Promise<GoReference | { readonly unavailable: string }> {
    const folder = mkdtempSync(join(tmpdir(), "codec-reference-"));
    const program = join(folder, "reference");
    try {
      await promisify(execFile)("go", ["build", "-o", program, "."], { cwd: module });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      const [line] = String(error instanceof Error ? error.message : error).split("\n", 1);
      return { unavailable: `needs Go and the modules of test/interop/codec: ${line}` };
    }
    return new GoReference(folder, spawn(program));
  }

  async ask(request: ReferenceRequest): Promise<ReferenceResponse> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error("the reference ended");
    return JSON.parse(value) as ReferenceResponse;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.stdin.end();
    await ended;
    this.#lines.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
