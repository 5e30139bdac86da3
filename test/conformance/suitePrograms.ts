import {
  buildGoProgram,
  type GoProgramSource,
  moduleVersion,
} from "../support/clients/goProgram.js";
import { builtKubectl, releaseFlags } from "../support/clients/upstreamPrograms.js";

const folder = "test/conformance/suite";
const module = "k8s.io/kubernetes";
const source = { folder, module, linkFlags: releaseFlags };

const sources = {
  /** Upstream's tests as one program. */
  endToEnd: { ...source, name: "e2e.test", package: `${module}/test/e2e`, isTest: true },
  /** The server that most tests run in their pods. */
  agnhost: { ...source, name: "agnhost", package: `${module}/test/images/agnhost` },
  /** Says which user it is, for tests about set-user-ID programs. */
  nonewprivs: { ...source, name: "nonewprivs", package: `${module}/test/images/nonewprivs` },
} as const satisfies Record<string, GoProgramSource>;

/** Paths of the programs that a run is made of. */
export interface SuitePrograms {
  readonly endToEnd: string;
  readonly agnhost: string;
  readonly nonewprivs: string;
  readonly kubectl: string;
}

/** Upstream's release whose tests these are, for example `1.37.2`. */
export const suiteVersion = (): string => moduleVersion(folder, module);

/**
 * Builds them, or takes them from `.cache`. The tests need some minutes of two cores the first
 * time. Throws where there is no Go or a module cannot be had.
 */
export function buildSuitePrograms(): SuitePrograms {
  return {
    endToEnd: buildGoProgram(sources.endToEnd),
    agnhost: buildGoProgram(sources.agnhost),
    nonewprivs: buildGoProgram(sources.nonewprivs),
    kubectl: builtKubectl(),
  };
}
