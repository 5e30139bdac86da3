import protobuf from "protobufjs";

interface FileEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * What reflection needs of a FileDescriptorProto (or of the messages in it, by the same reading).
 */
interface Named {
  name: string;
  package: string;
  /** Field number to nested messages' bytes. */
  readonly nested: Map<number, Uint8Array[]>;
}

function readNamed(bytes: Uint8Array): Named {
  const named: Named = { name: "", package: "", nested: new Map() };
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) !== 2) {
      reader.skipType(tag & 7);
      continue;
    }
    const value = reader.bytes();
    const field = tag >>> 3;
    if (field === 1) named.name = Buffer.from(value).toString("utf8");
    else if (field === 2) named.package = Buffer.from(value).toString("utf8");
    named.nested.set(field, [...(named.nested.get(field) ?? []), value]);
  }
  return named;
}

/**
 * grpc.reflection.v1 (and v1alpha, the same messages) over a FileDescriptorSet. Indexes are made at
 * the first question, since most servers are never asked.
 */
export class ReflectionIndex {
  readonly #set: Uint8Array;
  readonly #extraServices: readonly string[];
  #files: Map<string, FileEntry> | undefined;
  readonly #symbols = new Map<string, FileEntry>();
  readonly #services: string[] = [];

  constructor(fileDescriptorSet: Uint8Array, extraServices: readonly string[]) {
    this.#set = fileDescriptorSet;
    this.#extraServices = extraServices;
  }

  #load(): Map<string, FileEntry> {
    if (this.#files) return this.#files;
    this.#files = new Map();
    // Field 1 of the set is each file: its bytes are kept as they are, since clients want just
    // those.
    const reader = protobuf.Reader.create(this.#set);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag >>> 3 !== 1) {
        reader.skipType(tag & 7);
        continue;
      }
      const bytes = reader.bytes();
      const file = readNamed(bytes);
      const entry = { name: file.name, bytes };
      this.#files.set(entry.name, entry);
      this.#index(file, entry);
    }
    return this.#files;
  }

  #index(file: Named, entry: FileEntry): void {
    const prefix = file.package ? `${file.package}.` : "";
    // FileDescriptorProto: 4 message_type, 5 enum_type, 6 service; ServiceDescriptorProto: 2
    // method.
    for (const field of [4, 5]) {
      for (const bytes of file.nested.get(field) ?? []) {
        this.#symbols.set(`${prefix}${readNamed(bytes).name}`, entry);
      }
    }
    for (const bytes of file.nested.get(6) ?? []) {
      const service = readNamed(bytes);
      const name = `${prefix}${service.name}`;
      this.#services.push(name);
      this.#symbols.set(name, entry);
      for (const method of service.nested.get(2) ?? []) {
        this.#symbols.set(`${name}.${readNamed(method).name}`, entry);
      }
    }
  }

  #fileResponse(entry: FileEntry | undefined, wanted: string): (writer: protobuf.Writer) => void {
    if (entry) {
      return (writer) => writer.uint32(34).fork().uint32(10).bytes(entry.bytes).ldelim();
    }
    return (writer) =>
      writer.uint32(58).fork().uint32(8).int32(5).uint32(18).string(`${wanted} not found`).ldelim();
  }

  /** Answers one ServerReflectionRequest with one ServerReflectionResponse, both as bytes. */
  answer(request: Uint8Array): Uint8Array {
    const files = this.#load();
    const reader = protobuf.Reader.create(request);
    let write: (writer: protobuf.Writer) => void = (writer) =>
      writer.uint32(58).fork().uint32(8).int32(3).uint32(18).string("unknown request").ldelim();
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const field = tag >>> 3;
      if (field === 3) {
        const name = reader.string();
        write = this.#fileResponse(files.get(name), name);
      } else if (field === 4) {
        const symbol = reader.string();
        write = this.#fileResponse(this.#symbols.get(symbol), symbol);
      } else if (field === 7) {
        reader.string();
        write = (writer) => {
          writer.uint32(50).fork();
          for (const name of [...this.#services, ...this.#extraServices]) {
            writer.uint32(10).fork().uint32(10).string(name).ldelim();
          }
          writer.ldelim();
        };
      } else {
        reader.skipType(tag & 7);
      }
    }
    const writer = protobuf.Writer.create();
    writer.uint32(18).bytes(request);
    write(writer);
    return writer.finish();
  }
}
