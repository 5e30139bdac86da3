import { createRequire } from "node:module";
import type Protobuf from "protobufjs";
import type {
  RpcCall,
  RpcCallOptions,
  RpcChannel,
  RpcHandler,
  RpcHandlers,
} from "../platform/rpc.js";

/** What may be given for a message: any of its fields, absent ones zero. */
export type WireInput<T> = T extends Uint8Array
  ? Uint8Array
  : T extends (infer I)[]
    ? readonly WireInput<I>[]
    : T extends object
      ? { readonly [K in keyof T]?: WireInput<T[K]> | undefined }
      : T;

export interface Unary<Request, Response> {
  readonly kind: "unary";
  readonly request: Request;
  readonly response: Response;
}

export interface ServerStream<Request, Response> {
  readonly kind: "serverStream";
  readonly request: Request;
  readonly response: Response;
}

/** Streams of requests, which lib/platform's channels do not carry yet. */
export interface BidirectionalStream<Request, Response> {
  readonly kind: "bidirectionalStream";
  readonly request: Request;
  readonly response: Response;
}

type Method =
  | Unary<object, object>
  | ServerStream<object, object>
  | BidirectionalStream<object, object>;
type UnaryNames<S> = {
  [K in keyof S]: S[K] extends Unary<object, object> ? K : never;
}[keyof S] &
  string;
type StreamNames<S> = {
  [K in keyof S]: S[K] extends ServerStream<object, object> ? K : never;
}[keyof S] &
  string;
type RequestOf<S, K extends keyof S> = S[K] extends Method ? S[K]["request"] : never;
type ResponseOf<S, K extends keyof S> = S[K] extends Method ? S[K]["response"] : never;

export interface WireClient<S> {
  /** Rejects with RpcError. */
  call<K extends UnaryNames<S>>(
    method: K,
    request: WireInput<RequestOf<S, K>>,
    options?: RpcCallOptions,
  ): Promise<ResponseOf<S, K>>;
  stream<K extends StreamNames<S>>(
    method: K,
    request: WireInput<RequestOf<S, K>>,
    options?: RpcCallOptions,
  ): AsyncIterable<ResponseOf<S, K>>;
}

/**
 * A service's methods; those left out answer UNIMPLEMENTED. A stream's `send` resolves false
 * once it is over.
 */
export type WireImplementation<S> = {
  readonly [K in UnaryNames<S> | StreamNames<S>]?: S[K] extends ServerStream<object, object>
    ? (
        request: RequestOf<S, K>,
        send: (response: WireInput<ResponseOf<S, K>>) => Promise<boolean>,
        call: RpcCall,
      ) => Promise<void>
    : (request: RequestOf<S, K>, call: RpcCall) => Promise<WireInput<ResponseOf<S, K>>>;
};

export interface WireDescription {
  /** protobufjs' JSON form of the packages, as text: it is parsed at the first use only. */
  readonly descriptor: string;
  /** Full name of each message by its short name. */
  readonly messages: Readonly<Record<string, string>>;
  /** Full name of each service by its short name; its methods' messages by method. */
  readonly services: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly methods: Readonly<Record<string, readonly [request: string, response: string]>>;
      }
    >
  >;
  /** How 64-bit integers look: as numbers where losing the lowest bits past 2^53 does no harm. */
  readonly longs: "number" | "bigint";
}

/**
 * The messages and services of one foreign protocol (CRI, etcd, plugins). `Messages` and
 * `Services` are
 * generated beside the description. protobufjs is loaded at the first encode or decode.
 */
export class WirePackage<Messages, Services> {
  readonly #description: WireDescription;
  readonly #types = new Map<string, Protobuf.Type>();
  #root: Protobuf.Root | undefined;
  readonly #conversion: Protobuf.IConversionOptions;

  constructor(description: WireDescription) {
    this.#description = description;
    const longs = description.longs === "bigint" ? BigInt : Number;
    this.#conversion = { longs, defaults: true, arrays: true, objects: true };
  }

  /** Throws a TypeError where a value does not fit its field. */
  encode<N extends keyof Messages & string>(name: N, value: WireInput<Messages[N]>): Uint8Array {
    const type = this.#type(name);
    return type.encode(type.fromObject(value as { [k: string]: unknown })).finish();
  }

  /**
   * Absent scalars are zero, absent lists empty, absent messages null. Throws on bytes that are
   * no message.
   */
  decode<N extends keyof Messages & string>(name: N, bytes: Uint8Array): Messages[N] {
    const type = this.#type(name);
    return type.toObject(type.decode(bytes), this.#conversion) as Messages[N];
  }

  client<N extends keyof Services & string>(
    service: N,
    channel: RpcChannel,
  ): WireClient<Services[N]> {
    const { name, methods } = this.#description.services[service]!;
    const call = async (method: string, request: object, options?: RpcCallOptions) => {
      const [requestName, responseName] = methods[method]!;
      const bytes = this.encode(requestName as never, request as never);
      return this.decode(
        responseName as never,
        await channel.unary(`/${name}/${method}`, bytes, options),
      );
    };
    const decode = (method: string, bytes: Uint8Array) =>
      this.decode(methods[method]![1] as never, bytes);
    const open = (method: string, request: object, options?: RpcCallOptions) => {
      const bytes = this.encode(methods[method]![0] as never, request as never);
      return channel.serverStream(`/${name}/${method}`, bytes, options);
    };
    const stream = async function* (method: string, request: object, options?: RpcCallOptions) {
      for await (const bytes of open(method, request, options)) yield decode(method, bytes);
    };
    return { call, stream } as unknown as WireClient<Services[N]>;
  }

  handlers<N extends keyof Services & string>(
    service: N,
    implementation: WireImplementation<Services[N]>,
  ): RpcHandlers {
    const { name, methods } = this.#description.services[service]!;
    const given = implementation as Readonly<Record<string, UntypedMethod | undefined>>;
    const handlers = new Map<string, RpcHandler>();
    for (const [method, [requestName, responseName]] of Object.entries(methods)) {
      const handle = given[method];
      if (handle === undefined) continue;
      const decode = (bytes: Uint8Array) => this.decode(requestName as never, bytes) as object;
      const encode = (value: unknown) => this.encode(responseName as never, value as never);
      handlers.set(
        `/${name}/${method}`,
        this.#isStream(name, method)
          ? {
              kind: "serverStream",
              handle: async (call, request, send) => {
                await handle(decode(request), (value: unknown) => send(encode(value)), call);
              },
            }
          : {
              kind: "unary",
              handle: async (call, request) => encode(await handle(decode(request), call)),
            },
      );
    }
    return handlers;
  }

  #isStream(service: string, method: string): boolean {
    return this.#reflection().lookupService(service).methods[method]!.responseStream === true;
  }

  #type(name: string): Protobuf.Type {
    let type = this.#types.get(name);
    if (type === undefined) {
      type = this.#reflection().lookupType(this.#description.messages[name]!);
      this.#types.set(name, type);
    }
    return type;
  }

  #reflection(): Protobuf.Root {
    if (this.#root === undefined) {
      const require = createRequire(import.meta.url);
      const protobuf = require("protobufjs/light.js") as typeof Protobuf;
      this.#root = protobuf.Root.fromJSON(
        JSON.parse(this.#description.descriptor) as Protobuf.INamespace,
      );
    }
    return this.#root;
  }
}

type UntypedMethod = (...input: unknown[]) => Promise<unknown>;
