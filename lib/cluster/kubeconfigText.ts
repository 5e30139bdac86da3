export interface KubeconfigParts {
  readonly clusterName: string;
  readonly userName: string;
  readonly server: string;
  /** PEM. */
  readonly certificateAuthorities?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig with everything inline. It holds a key or a token: write it with mode 0600. */
export function kubeconfigText(parts: KubeconfigParts): string {
  const authority = parts.certificateAuthorities
    ? [`    certificate-authority-data: ${base64(parts.certificateAuthorities)}`]
    : [];
  const credentials = [
    ...(parts.certificate ? [`    client-certificate-data: ${base64(parts.certificate)}`] : []),
    ...(parts.key ? [`    client-key-data: ${base64(parts.key)}`] : []),
    ...(parts.token ? [`    token: ${JSON.stringify(parts.token)}`] : []),
  ];
  const context = `${parts.userName}@${parts.clusterName}`;
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- name: ${JSON.stringify(parts.clusterName)}`,
    "  cluster:",
    `    server: ${JSON.stringify(parts.server)}`,
    ...authority,
    "users:",
    `- name: ${JSON.stringify(parts.userName)}`,
    ...(credentials.length > 0 ? ["  user:", ...credentials] : ["  user: {}"]),
    "contexts:",
    `- name: ${JSON.stringify(context)}`,
    "  context:",
    `    cluster: ${JSON.stringify(parts.clusterName)}`,
    `    user: ${JSON.stringify(parts.userName)}`,
    `current-context: ${JSON.stringify(context)}`,
    "",
  ].join("\n");
}
