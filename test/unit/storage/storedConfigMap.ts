/** A ConfigMap as the store keeps objects of kinds that are stored as JSON. */
export function storedConfigMap(
  name: string,
  data: string,
  labels: Readonly<Record<string, string>> = {},
): Uint8Array {
  const metadata = { name, namespace: "default", labels };
  return Buffer.from(
    JSON.stringify({ kind: "ConfigMap", apiVersion: "v1", metadata, data: { key: data } }),
  );
}
