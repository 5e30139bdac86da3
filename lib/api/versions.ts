import type { VersionInfo } from "./gen/types/jsonV1.js";

/** Of this package. */
export const steersmanVersion = "0.1.0";

/** The Kubernetes release whose API this is. */
export const kubernetesVersion = "1.37.0";

/** As kubelets, servers and clients report it: a version that Kubernetes' own parsers accept. */
export const gitVersion = `v${kubernetesVersion}+steersman.${steersmanVersion}`;

/** `platform` and `architecture` are Node's names; Go's are answered. */
export function versionInfo(platform: string, architecture: string): VersionInfo {
  const goArchitecture = architecture === "x64" ? "amd64" : architecture;
  return {
    major: "1",
    minor: "37",
    emulationMajor: "1",
    emulationMinor: "37",
    minCompatibilityMajor: "1",
    minCompatibilityMinor: "36",
    gitVersion,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "steersman",
    platform: `${platform}/${goArchitecture}`,
  };
}

/** `steersman-kubelet/v1.37.0+steersman.0.1.0 (linux/amd64)`. */
export function userAgent(component: string, platform: string, architecture: string): string {
  return `${component}/${gitVersion} (${versionInfo(platform, architecture).platform})`;
}
