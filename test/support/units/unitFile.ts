import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

export const unitNames = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "steersman-dns",
] as const;
export type UnitName = (typeof unitNames)[number];

/** The unit of a program that is not the package's. */
export const etcdUnit = "etcd";

/** The words of a unit's ExecStart. */
function commandOf(name: UnitName | typeof etcdUnit): string[] {
  const text = readFileSync(`${root}packaging/systemd/${name}.service`, "utf8");
  const joined = text.replaceAll("\\\n", " ");
  const command = /^ExecStart=(.*)$/m.exec(joined)?.[1] ?? "";
  return command.trim().split(/\s+/);
}

/** The arguments of a unit's ExecStart, as systemd would pass them. */
export function unitArguments(name: UnitName | typeof etcdUnit): string[] {
  return commandOf(name).slice(1);
}

/** The package's own program for a unit's `/usr/bin/…`. */
export function unitProgram(name: UnitName): string {
  const { bin } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    bin: Record<string, string>;
  };
  return `${root}${bin[commandOf(name)[0]?.replace("/usr/bin/", "") ?? ""] ?? ""}`;
}
