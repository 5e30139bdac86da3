import { fileURLToPath } from "node:url";
import type { Platform } from "../../platform/platform.js";
import { whyUnreadable } from "../readNamedFile.js";

/** By it a file of an earlier call is known. */
const mark = "# Made by steersman assets.";

interface Asset {
  /** The file of this package that it runs. */
  readonly file: string;
  readonly first: readonly string[];
  /** Lines of the shell before that. */
  readonly before?: string;
}

/** envtest says where certificates go, and removes that in the end: the data goes there, too. */
const keepsWithCertificates = `for flag in "$@"; do
  case "$flag" in --cert-dir=*) set -- "--data-dir=\${flag#--cert-dir=}/steersman" "$@" ;; esac
done
`;

const programs: Readonly<Record<string, Asset>> = {
  etcd: { file: "steersman.js", first: ["etcd"] },
  // Of several at once none needs the port that clients by gRPC know.
  "kube-apiserver": {
    file: "kubeApiserver.js",
    first: ["--grpc-port=0"],
    before: keepsWithCertificates,
  },
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The first program of this name that PATH leads to. */
async function onPath(name: string, { host, files }: Platform): Promise<string | undefined> {
  for (const folder of (host.environment.PATH ?? "").split(":")) {
    const path = `${folder}/${name}`;
    if (folder !== "" && (await files.exists(path))) return path;
  }
  return undefined;
}

/** Refuses to write over what somebody else has put there. */
async function checkFree(path: string, { files }: Platform): Promise<void> {
  if (!(await files.exists(path))) return;
  const text = await files.readText(path);
  if (!text.split("\n", 2).includes(mark)) throw new Error(`${path} is there already`);
}

/**
 * `steersman assets`: a folder of the programs that controller-runtime's envtest starts, which are
 * this package's; kubectl is the machine's. `script` is the URL of the file that runs.
 */
export async function assets(directory: string, platform: Platform, script: string): Promise<void> {
  const { files, host } = platform;
  const folder = directory.startsWith("/") ? directory : `${host.workingDirectory}/${directory}`;
  try {
    await files.makeDirectory(folder);
  } catch (error) {
    throw new Error(`${directory}: ${whyUnreadable(error)}`);
  }
  for (const name of Object.keys(programs)) await checkFree(`${folder}/${name}`, platform);
  for (const [name, { file, first, before = "" }] of Object.entries(programs)) {
    const program = fileURLToPath(new URL(file, script));
    const words = [host.executable, program, ...first].map(quoted).join(" ");
    const text = `#!/bin/sh\n${mark}\n${before}exec ${words} "$@"\n`;
    await files.replaceFile(`${folder}/${name}`, text, 0o755);
  }
  const kubectl = await onPath("kubectl", platform);
  const link = `${folder}/kubectl`;
  if (kubectl !== undefined && kubectl !== link && !(await files.exists(link))) {
    await files.symlink(kubectl, link);
  }
  const missing = (await files.exists(link)) ? "" : "# kubectl is not on PATH\n";
  await host.writeOutput(`${missing}export KUBEBUILDER_ASSETS=${quoted(folder)}\n`);
}
