/** A ConfigMap in the stored form: `k8s\0`, runtime.Unknown, the bare protobuf message. */
export function storedConfigMap(
  name: string,
  data: string,
  labels: Readonly<Record<string, string>> = {},
): Uint8Array {
  const field = (number: number, bytes: Uint8Array | string): Buffer => {
    const body = Buffer.from(bytes as Uint8Array);
    return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(body.length), body]);
  };
  const pair = (key: string, value: string) => Buffer.concat([field(1, key), field(2, value)]);
  const metadata = Buffer.concat([
    field(1, name),
    field(3, "default"),
    ...Object.entries(labels).map(([key, value]) => field(11, pair(key, value))),
  ]);
  const message = Buffer.concat([field(1, metadata), field(2, pair("key", data))]);
  const typeMeta = Buffer.concat([field(1, "v1"), field(2, "ConfigMap")]);
  const unknown = [field(1, typeMeta), field(2, message), field(3, ""), field(4, "")];
  return Buffer.concat([Buffer.from("k8s\0"), ...unknown]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
