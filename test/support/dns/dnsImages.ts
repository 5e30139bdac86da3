import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageFile, imageArchive } from "../../../lib/cluster/nodes/ociImage.js";
import { machinePrograms, withFolders } from "../nodes/machinePrograms.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const architecture = process.arch === "x64" ? "amd64" : process.arch;

/** Programs that resolve by glibc and by musl, and dig, curl and a shell. */
export const clientImage = "registry.local/dns-client:1";
/** CoreDNS alone, as its first process. */
export const coreDnsImage = "registry.local/coredns:1";
/** Nothing but links into a `/usr` that a pod mounts from its node. */
export const machineImage = "registry.local/machine:1";

function resolver(directory: string, name: string, compiler: readonly string[]): ImageFile {
  const [command = "", ...flags] = compiler;
  const program = join(directory, name);
  const source = `${root}test/interop/clusterDns/resolve.c`;
  execFileSync(command, [...flags, "-O1", "-o", program, source], { stdio: "pipe" });
  return { path: `bin/${name}`, mode: 0o755, data: readFileSync(program) };
}

const tools = {
  sh: "dash",
  cat: "cat",
  curl: "curl",
  dig: "dig",
  getent: "getent",
  sleep: "sleep",
};
const files = "hosts: files dns\n";

/** An archive with the image of clients. Needs musl's and glibc's compilers. */
export function clientImageArchive(directory: string): Uint8Array {
  const content: ImageFile[] = [
    { path: "tmp", mode: 0o1777 },
    { path: "etc/nsswitch.conf", mode: 0o644, data: Buffer.from(files) },
    // Static, so that it finds musl without a loader; glibc's is linked to what is there for curl.
    resolver(directory, "resolve-musl", ["musl-gcc", "-static"]),
    resolver(directory, "resolve-glibc", ["cc"]),
    ...machinePrograms(tools),
  ];
  return imageArchive({
    names: [clientImage],
    architecture,
    files: withFolders(content),
    entrypoint: [],
    command: ["sleep", "infinity"],
  });
}

/** An archive with an image that is this machine's programs, once `/usr` is mounted. */
export function machineImageArchive(): Uint8Array {
  const links = ["bin", "lib", "lib64", "sbin"].map((path): ImageFile => {
    return { path, mode: 0o777, linkTo: `usr/${path}` };
  });
  const content: ImageFile[] = [
    ...links,
    { path: "tmp", mode: 0o1777 },
    { path: "usr", mode: 0o755 },
    { path: "etc/nsswitch.conf", mode: 0o644, data: Buffer.from(files) },
  ];
  return imageArchive({
    names: [machineImage],
    architecture,
    files: withFolders(content),
    entrypoint: [],
    command: ["sleep", "infinity"],
  });
}

/** An archive with an image of a program that needs nothing beside itself. */
export function coreDnsImageArchive(program: string): Uint8Array {
  const content: ImageFile[] = [
    { path: "coredns", mode: 0o755, data: readFileSync(program) },
    { path: "tmp", mode: 0o1777 },
  ];
  return imageArchive({
    names: [coreDnsImage],
    architecture,
    files: withFolders(content),
    entrypoint: ["/coredns"],
  });
}
