import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ImageDescription,
  type ImageFile,
  imageArchive,
} from "../../lib/cluster/nodes/ociImage.js";
import { buildPause, pauseImage } from "../../lib/cluster/nodes/pauseImage.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { machinePrograms, withFolders } from "../support/nodes/machinePrograms.js";
import type { SuitePrograms } from "./suitePrograms.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Whose names the tests' images have. */
export const suiteRegistry = "registry.k8s.io";
const busybox = "/bin/busybox";
const { architecture } = nodePlatform.host;
/**
 * What agnhost's own image has of its distribution, and the tests call. Busybox's shell would
 * take its own applets for programs on PATH.
 */
const agnhostTools = {
  ...{ bash: "bash", curl: "curl", dig: "dig", getent: "getent", nc: "nc", sh: "dash" },
  ...{ socat: "socat", ss: "ss" },
};
const pages = "/usr/share/nginx/html";

/**
 * Busybox's shell, whose words tests compare, but for variables with names that no shell can have,
 * like `a.b`: tests look for them, Debian's busybox drops them and bash hands them on.
 */
const shell = `#!/bin/bash
while IFS= read -r -d '' variable; do
  [[ $variable =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || exec -a "$0" /bin/bash "$@"
done < /proc/self/environ
exec -a "$0" /bin/busybox "$@"
`;

type Content = Omit<ImageDescription, "names" | "architecture">;

function text(path: string, content: string, mode = 0o644): ImageFile {
  return { path, mode, data: Buffer.from(content) };
}

/** Busybox with every applet by its name, except those that `others` bring. */
function userland(others: readonly ImageFile[]): ImageFile[] {
  const taken = new Set(others.map(({ path }) => path));
  const names = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
  const links = names
    .map((name): ImageFile => ({ path: `bin/${name}`, mode: 0o777, linkTo: "busybox" }))
    .filter(({ path }) => path !== "bin/busybox" && !taken.has(path));
  const users = ["root:x:0:0:root:/root:/bin/sh", "daemon:x:1:1:daemon:/:/bin/false"];
  const groups = ["root:x:0:", "daemon:x:1:"];
  if (taken.has("agnhost")) {
    users.push("user-defined-in-image:x:1000:1000::/home:/bin/sh");
    groups.push("user-defined-in-image:x:1000:");
    groups.push("group-defined-in-image:x:50000:user-defined-in-image");
  }
  return [
    { path: "bin/busybox", mode: 0o755, data: readFileSync(busybox) },
    { path: "tmp", mode: 0o1777 },
    { path: "root", mode: 0o700 },
    { path: "home", mode: 0o755 },
    text("etc/passwd", `${users.join("\n")}\n`),
    text("etc/group", `${groups.join("\n")}\n`),
    ...links,
    ...others,
  ];
}

/** The folder of upstream's module, with the files that its images are made of. */
function upstreamFolder(): string {
  const args = ["list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"];
  const folder = join(root, "test/conformance/suite");
  return execFileSync("go", args, { cwd: folder, encoding: "utf8" }).trim();
}

function agnhost(program: string): Content {
  const porter = join(upstreamFolder(), "test/images/agnhost/porter");
  const pair = ["localhost.crt", "localhost.key"];
  const files = userland([
    { path: "agnhost", mode: 0o755, data: readFileSync(program) },
    { path: "agnhost-2", mode: 0o777, linkTo: "agnhost" },
    { path: "uploads", mode: 0o755 },
    // By default it would ask for names in DNS first.
    text("etc/nsswitch.conf", "hosts: files dns\n"),
    ...pair.map((name) => text(name, readFileSync(join(porter, name), "utf8"))),
    ...machinePrograms(agnhostTools),
  ]);
  return { files, entrypoint: ["/agnhost"], command: ["pause"] };
}

/** The first process takes no signal that it has no handler for: the shell has one. */
function webServer(files: readonly ImageFile[], folder: string): Content {
  const script = `trap 'exit 0' TERM QUIT; httpd -f -p 80 -h ${folder} & wait`;
  return { files: userland(files), entrypoint: [], command: ["sh", "-c", script] };
}

/** Images that another stands in for: tests of DNS want one with glibc, as this machine has. */
const standIns: Readonly<Record<string, string>> = { "glibc-dns-testing": "agnhost" };

/** By the last part of their names; what is not here has no test that could run. */
async function contents(
  programs: SuitePrograms,
  directory: string,
): Promise<Readonly<Record<string, Content>>> {
  const pause = join(directory, "pause");
  await buildPause(nodePlatform, join(root, "packaging/pause/pause.c"), pause);
  const small = userland([text("bin/sh", shell, 0o755), ...machinePrograms({ bash: "bash" })]);
  const nonewprivs = readFileSync(programs.nonewprivs);
  const image = (name: string): ImageFile => text("data.json", JSON.stringify({ image: name }));
  return {
    agnhost: agnhost(programs.agnhost),
    busybox: { files: small, entrypoint: [], command: ["sh"] },
    kitten: webServer([image("kitten.jpg")], "/"),
    nautilus: webServer([image("nautilus.jpg")], "/"),
    nginx: webServer([text(`${pages.slice(1)}/index.html`, "<title>nginx</title>\n")], pages),
    nonewprivs: {
      files: userland([{ path: "usr/local/bin/nnp", mode: 0o4755, data: nonewprivs }]),
      entrypoint: [],
      command: ["/usr/local/bin/nnp"],
    },
    nonroot: { files: userland([]), entrypoint: [], command: ["sh"], user: "1234" },
    pause: pauseImage(readFileSync(pause), architecture, []),
  };
}

export interface SuiteImages {
  readonly images: readonly ImageDescription[];
  /** The same, as files. */
  readonly archives: readonly string[];
}

/**
 * Makes the images that the tests name, under those names, from programs of this machine and of
 * the suite, and their archives in `directory`.
 */
export async function makeSuiteImages(
  programs: SuitePrograms,
  directory: string,
): Promise<SuiteImages> {
  const listed = execFileSync(programs.endToEnd, ["--list-images"], { encoding: "utf8" });
  const isNamed = (line: string): boolean => /^\S+:\S+$/.test(line);
  const ours = `${suiteRegistry}/`;
  const names = listed.split("\n").filter((line) => line.startsWith(ours) && isNamed(line));
  const images: ImageDescription[] = [];
  const archives: string[] = [];
  for (const [kind, content] of Object.entries(await contents(programs, directory))) {
    const own = names.filter((name) => {
      const wanted = /\/([^/:]+):/.exec(name)?.[1] ?? "";
      return (standIns[wanted] ?? wanted) === kind;
    });
    if (own.length === 0) continue;
    const archive = join(directory, `${kind}.tar`);
    const files = withFolders(content.files);
    const image = { ...content, files, names: own, architecture };
    writeFileSync(archive, imageArchive(image));
    images.push(image);
    archives.push(archive);
  }
  return { images, archives };
}
