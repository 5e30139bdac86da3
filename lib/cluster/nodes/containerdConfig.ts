export interface ContainerdPaths {
  /** Everything of one containerd lives below it. */
  readonly directory: string;
}

export interface ContainerdSettings extends ContainerdPaths {
  readonly sandboxImage: string;
  readonly cniBinDirectory: string;
  readonly cniConfDirectory: string;
  /**
   * Where NAME/hosts.toml says how the registry NAME is reached; the first that has it holds. They
   * need not exist, and are read at each pull.
   */
  readonly registryDirectories: readonly string[];
  readonly systemdCgroup: boolean;
  /** Without CAP_SYS_RESOURCE nothing may lower an OOM score. */
  readonly restrictOomScoreAdj: boolean;
}

export const socketOf = ({ directory }: ContainerdPaths): string =>
  `${directory}/run/containerd.sock`;
export const configOf = ({ directory }: ContainerdPaths): string => `${directory}/config.toml`;
export const cniTemplateOf = ({ directory }: ContainerdPaths): string =>
  `${directory}/cni.conflist.template`;

const quote = (text: string): string => JSON.stringify(text);

/** containerd's config.toml (version 2, which 1.6 and 1.7 read and 2.x converts). */
export function containerdConfig(settings: ContainerdSettings): string {
  const { directory } = settings;
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    "version = 2",
    `root = ${quote(`${directory}/root`)}`,
    `state = ${quote(`${directory}/state`)}`,
    "[grpc]",
    `  address = ${quote(socketOf(settings))}`,
    "[ttrpc]",
    `  address = ${quote(`${socketOf(settings)}.ttrpc`)}`,
    `[plugins."io.containerd.internal.v1.opt"]`,
    `  path = ${quote(`${directory}/opt`)}`,
    `[${cri}]`,
    `  sandbox_image = ${quote(settings.sandboxImage)}`,
    `  restrict_oom_score_adj = ${settings.restrictOomScoreAdj}`,
    `  stream_server_address = "127.0.0.1"`,
    `  stream_server_port = "0"`,
    `  [${cri}.cni]`,
    `    bin_dir = ${quote(settings.cniBinDirectory)}`,
    `    conf_dir = ${quote(settings.cniConfDirectory)}`,
    `    conf_template = ${quote(cniTemplateOf(settings))}`,
    `  [${cri}.containerd]`,
    `    snapshotter = "overlayfs"`,
    `    [${cri}.containerd.runtimes.runc]`,
    `      runtime_type = "io.containerd.runc.v2"`,
    `      [${cri}.containerd.runtimes.runc.options]`,
    `        SystemdCgroup = ${settings.systemdCgroup}`,
    `  [${cri}.registry]`,
    `    config_path = ${quote(settings.registryDirectories.join(":"))}`,
    "",
  ].join("\n");
}
