import { fileURLToPath } from "node:url";
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import protobuf from "protobufjs";

const protoFolder = fileURLToPath(new URL("../../../../proto/", import.meta.url));

class ProtoRoot extends protobuf.Root {
  override resolvePath(_origin: string, target: string): string {
    return target.startsWith("/") ? target : `${protoFolder}${target}`;
  }
}

const root = new ProtoRoot().loadSync(`${protoFolder}etcd/etcdserverpb/rpc.proto`, {
  keepCase: true,
});

/** A message as JSON has it: numbers of 64 bits are strings, bytes are base64. */
export type Message = { readonly [name: string]: unknown };

function encoder(type: protobuf.Type): (message: Message) => Buffer {
  return (message) => Buffer.from(type.encode(type.fromObject(message)).finish());
}

function decoder(type: protobuf.Type): (bytes: Buffer) => Message {
  return (bytes) =>
    type.toObject(type.decode(bytes), { longs: String, bytes: String, enums: String });
}

function methodOf(path: string): {
  path: string;
  write: (message: Message) => Buffer;
  read: (bytes: Buffer) => Message;
} {
  const [service = "", name = ""] = path.split("/");
  const method = root.lookupService(`etcdserverpb.${service}`).methods[name];
  if (method === undefined) throw new Error(`${path} is not a method`);
  return {
    path: `/etcdserverpb.${path}`,
    write: encoder(root.lookupType(`etcdserverpb.${method.requestType}`)),
    read: decoder(root.lookupType(`etcdserverpb.${method.responseType}`)),
  };
}

/** What a call was refused with. */
export interface Refusal {
  readonly code: number;
  readonly details: string;
}

/** A stream in both directions: everything that came, and whoever waits for more. */
export class EtcdStream {
  readonly received: Message[] = [];
  ended: Refusal | undefined;
  readonly #write: (message: Message) => void;
  readonly #cancel: () => void;
  #wake: () => void = () => undefined;

  constructor(client: Client, path: string, metadata: Metadata) {
    const { path: full, write, read } = methodOf(path);
    const call = client.makeBidiStreamRequest(full, write, read, metadata);
    call.on("data", (message: Message) => {
      this.received.push(message);
      this.#wake();
    });
    call.on("error", () => undefined);
    call.on("status", ({ code, details }: Refusal) => {
      this.ended = { code, details };
      this.#wake();
    });
    this.#write = (message) => call.write(message);
    this.#cancel = () => call.cancel();
  }

  send(message: Message): void {
    this.#write(message);
  }

  /** Resolves once what came, or that it ended, is enough. */
  async until(enough: (received: readonly Message[]) => boolean): Promise<void> {
    while (!enough(this.received)) {
      if (this.ended) throw new Error(`the stream ended: ${JSON.stringify(this.ended)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#cancel();
  }
}

/** etcd's API, with messages as JSON has them. */
export class EtcdApi {
  readonly #client: Client;
  readonly #metadata: Metadata;

  /** Files of TLS are PEM. With a token requests are its user's. */
  constructor(
    url: string,
    tls?: { authority: string; certificate: string; key: string },
    token?: string,
  ) {
    this.#metadata = new Metadata();
    if (token !== undefined) this.#metadata.set("token", token);
    const pem = (text: string): Buffer => Buffer.from(text);
    const secure: ChannelCredentials =
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(pem(tls.authority), pem(tls.key), pem(tls.certificate));
    this.#client = new Client(new URL(url).host, secure, {
      "grpc.max_receive_message_length": -1,
      // A connection of its own.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Rejects with a `Refusal`. */
  call(path: string, message: Message = {}): Promise<Message> {
    const { path: full, write, read } = methodOf(path);
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: Message): void => {
        if (error === null) resolve(response ?? {});
        else reject(error);
      };
      this.#client.makeUnaryRequest(full, write, read, message, this.#metadata, done);
    });
  }

  /** The response, or what it was refused with. */
  async ask(path: string, message: Message = {}): Promise<Message | { refused: Refusal }> {
    try {
      return await this.call(path, message);
    } catch (error) {
      const { code, details } = error as ServiceError;
      return { refused: { code, details } };
    }
  }

  stream(path: string): EtcdStream {
    return new EtcdStream(this.#client, path, this.#metadata);
  }

  close(): void {
    this.#client.close();
  }
}

/** Text as JSON has bytes. */
export const bytes = (text: string): string => Buffer.from(text).toString("base64");
