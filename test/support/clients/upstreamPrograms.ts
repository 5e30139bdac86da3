import { buildGoProgram, type GoProgramSource } from "./goProgram.js";

/** Flags of the linker that tell a program of upstream's which release it is of. */
export function releaseFlags(version: string): string {
  const [, minor = "", patch = ""] = version.split(".");
  const variables = {
    gitVersion: `v1.${minor}.${patch}`,
    gitMajor: "1",
    gitMinor: minor,
  };
  return Object.entries(variables)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(" ");
}

/** Upstream's kubectl of the release that is served, from test/interop/kubectl/client. */
const kubectlSource: GoProgramSource = {
  name: "kubectl",
  folder: "test/interop/kubectl/client",
  module: "k8s.io/kubectl",
  linkFlags: releaseFlags,
};

export const builtKubectl = (): string => buildGoProgram(kubectlSource);
