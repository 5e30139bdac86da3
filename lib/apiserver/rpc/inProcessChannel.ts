import type { Clock } from "../../platform/clock.js";
import type { Connection } from "../../platform/network.js";
import {
  type RpcCall,
  type RpcCallOptions,
  type RpcChannel,
  RpcCode,
  RpcError,
  type RpcHandler,
} from "../../platform/rpc.js";

/** Messages that wait for a slow reader before the server is held back. */
const queueBound = 16;

const processConnection: Connection = {
  id: 0,
  remoteAddress: "127.0.0.1",
  remotePort: 0,
  localAddress: "127.0.0.1",
  localPort: 0,
  secure: true,
  peerCertificate: undefined,
  cache: undefined,
};

/** gRPC without the wire: calls the handlers with the same bytes, in the same process. */
export class InProcessChannel implements RpcChannel {
  readonly #makeHandler: (method: string) => RpcHandler | undefined;
  /**
   * Made when first called: a component calls few of the many. Bounded by the methods there are.
   */
  readonly #handlers = new Map<string, RpcHandler>();
  readonly #clock: Clock;
  /** Bounded by the callers: each call is in it while it runs. */
  readonly #running = new Set<RunningCall>();
  #closed = false;

  constructor(makeHandler: (method: string) => RpcHandler | undefined, clock: Clock) {
    this.#makeHandler = makeHandler;
    this.#clock = clock;
  }

  async unary(
    method: string,
    request: Uint8Array,
    options: RpcCallOptions = {},
  ): Promise<Uint8Array> {
    const handler = this.#find(method, "unary");
    const running = this.#begin(method, options);
    try {
      return await running.race(handler.handle(running.call, request));
    } finally {
      this.#finish(running);
    }
  }

  async *serverStream(
    method: string,
    request: Uint8Array,
    options: RpcCallOptions = {},
  ): AsyncIterable<Uint8Array> {
    const handler = this.#find(method, "serverStream");
    const running = this.#begin(method, options);
    const queue = new MessageQueue();
    running.call.signal.addEventListener("abort", () => queue.stop(), { once: true });
    const done = handler
      .handle(running.call, request, (message) => queue.push(message))
      .then(
        () => queue.end(undefined),
        (error: unknown) => queue.end(error),
      );
    try {
      for (;;) {
        // The queue stops when the call fails: racing each message would pile up on a long watch.
        const message = await queue.shift();
        if (running.failure !== undefined) {
          throw running.failure;
        }
        if (message === undefined) {
          return;
        }
        yield message;
      }
    } finally {
      queue.stop();
      this.#finish(running);
      await done;
    }
  }

  close(): void {
    this.#closed = true;
    for (const call of this.#running) {
      call.fail(new RpcError(RpcCode.unavailable, "the channel is closed"));
    }
  }

  #finish(running: RunningCall): void {
    this.#running.delete(running);
    running.finish();
  }

  #find<K extends RpcHandler["kind"]>(method: string, kind: K): Extract<RpcHandler, { kind: K }> {
    const handler = this.#handlers.get(method) ?? this.#makeHandler(method);
    if (handler === undefined || handler.kind !== kind) {
      throw new RpcError(RpcCode.unimplemented, `unknown method ${method}`);
    }
    this.#handlers.set(method, handler);
    return handler as Extract<RpcHandler, { kind: K }>;
  }

  #begin(method: string, options: RpcCallOptions): RunningCall {
    if (this.#closed) {
      throw new RpcError(RpcCode.unavailable, "the channel is closed");
    }
    const running = new RunningCall(method, options, this.#clock);
    this.#running.add(running);
    return running;
  }
}

/** One call with its deadline and its cancellation. */
class RunningCall {
  readonly call: RpcCall;
  /** Made when somebody asks for the signal: most calls are over before anybody would. */
  #abort: AbortController | undefined;
  #over = false;
  readonly #failed: Promise<never>;
  readonly #cleanups: (() => void)[] = [];
  failure: RpcError | undefined;
  #reject: (error: RpcError) => void = () => undefined;

  constructor(method: string, options: RpcCallOptions, clock: Clock) {
    const { timeoutMilliseconds, signal, metadata = {}, onInitialMetadata } = options;
    this.#failed = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    // Somebody always races it while the call runs; afterwards nobody cares.
    this.#failed.catch(() => undefined);
    if (timeoutMilliseconds !== undefined) {
      const timer = clock.setTimer(timeoutMilliseconds, () =>
        this.fail(new RpcError(RpcCode.deadlineExceeded, "the deadline has passed")),
      );
      this.#cleanups.push(() => timer.cancel());
    }
    if (signal !== undefined) {
      const cancel = () => this.cancel();
      if (signal.aborted) {
        cancel();
      }
      signal.addEventListener("abort", cancel, { once: true });
      this.#cleanups.push(() => signal.removeEventListener("abort", cancel));
    }
    const signalOf = () => this.#signal();
    this.call = {
      method,
      connection: processConnection,
      metadata,
      get signal() {
        return signalOf();
      },
      deadlineMilliseconds:
        timeoutMilliseconds === undefined ? undefined : clock.now() + timeoutMilliseconds,
      sendInitialMetadata: (initial) => onInitialMetadata?.(initial),
    };
  }

  cancel(): void {
    this.fail(new RpcError(RpcCode.cancelled, "the call was cancelled"));
  }

  fail(error: RpcError): void {
    this.failure ??= error;
    this.#reject(error);
    this.#end();
  }

  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#over) this.#abort.abort();
    return this.#abort.signal;
  }

  #end(): void {
    this.#over = true;
    this.#abort?.abort();
  }

  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed]);
  }

  /** Over: the handler of an abandoned stream sees its signal abort. */
  finish(): void {
    for (const cleanup of this.#cleanups) {
      cleanup();
    }
    this.#end();
  }
}

/** Between a handler that sends and a loop that reads: at most queueBound messages wait. */
class MessageQueue {
  readonly #messages: Uint8Array[] = [];
  #state: "open" | "ended" | "stopped" = "open";
  #error: unknown;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  async push(message: Uint8Array): Promise<boolean> {
    if (this.#state !== "open") {
      return false;
    }
    this.#messages.push(message);
    this.#wake();
    if (this.#messages.length >= queueBound) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
    return this.#state === "open";
  }

  end(error: unknown): void {
    if (this.#state === "open") {
      this.#state = "ended";
      this.#error = error;
    }
    this.#wake();
  }

  stop(): void {
    this.#state = "stopped";
    this.#messages.length = 0;
    this.#wake();
    this.#wakeWriter?.();
  }

  /** Undefined at the end; throws what the handler ended with. */
  async shift(): Promise<Uint8Array | undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#wakeWriter?.();
        this.#wakeWriter = undefined;
        return message;
      }
      if (this.#state === "ended" && this.#error !== undefined) {
        throw this.#error;
      }
      if (this.#state !== "open") {
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  #wake(): void {
    const reader = this.#wakeReader;
    this.#wakeReader = undefined;
    reader?.();
  }
}
