import { admissionPluginCapability } from "../../api/capabilities/admissionPlugins.js";
import {
  type AdmissionChoice,
  defaultPluginsFor,
} from "../../apiserver/admission/admissionPlugins.js";
import type { Logger } from "../../platform/logger.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";

/**
 * Which plugins run. --admission-control, the older flag, names all of them, and stands beside
 * neither of the newer ones.
 */
export function admissionChoice(values: FlagValues): AdmissionChoice {
  const enabled = values.strings("enable-admission-plugins");
  const disabled = values.strings("disable-admission-plugins");
  const whole = values.strings("admission-control");
  if (whole.length > 0 && enabled.length + disabled.length > 0) {
    throw new FlagError(
      "--admission-control: neither --enable-admission-plugins nor --disable-admission-plugins " +
        "may stand beside it",
    );
  }
  const flag = whole.length > 0 ? "admission-control" : "enable-admission-plugins";
  for (const name of [...enabled, ...whole]) {
    const capability = admissionPluginCapability(name);
    if (capability.state === "refused")
      throw new FlagError(`--${flag}: ${name}: ${capability.why}`);
  }
  const rest = defaultPluginsFor(authorizationModes(values)).filter(
    (name) => !whole.includes(name),
  );
  return {
    enabled: whole.length > 0 ? whole : enabled,
    disabled: whole.length > 0 ? rest : disabled,
    notReadyTolerationSeconds: values.integer("default-not-ready-toleration-seconds"),
    unreachableTolerationSeconds: values.integer("default-unreachable-toleration-seconds"),
  };
}

export function notNegative(values: FlagValues, flag: string): number {
  const value = values.integer(flag);
  if (value < 0) throw new FlagError(`--${flag}: it must not be negative`);
  return value;
}

/** --request-timeout in seconds. */
export function requestTimeoutSeconds(values: FlagValues): number {
  const seconds = values.duration("request-timeout") / 1000;
  if (seconds > 0) return seconds;
  throw new FlagError("--request-timeout: it must be more than 0");
}

/** --service-account-max-token-expiration in seconds; 0 is no limit of the server's own. */
export function maxTokenExpiration(values: FlagValues): number {
  const seconds = values.duration("service-account-max-token-expiration") / 1000;
  if (seconds === 0 || (seconds >= 3600 && seconds <= 2 ** 32)) return seconds;
  throw new FlagError(
    "--service-account-max-token-expiration: it must be between 1 hour and 2^32 seconds",
  );
}

const reconcilers = ["lease", "master-count", "none"] as const;

/** --endpoint-reconciler-type. */
export function reconcilerOf(values: FlagValues): (typeof reconcilers)[number] {
  const text = values.string("endpoint-reconciler-type");
  const known = reconcilers.find((name) => name === text);
  if (known !== undefined) return known;
  throw new FlagError(
    `--endpoint-reconciler-type: ${JSON.stringify(text)} is none of ${reconcilers.join(", ")}`,
  );
}

/** --authorization-mode; without it everything is allowed, as upstream. */
export function authorizationModes(values: FlagValues): readonly string[] {
  const modes = values.strings("authorization-mode");
  return modes.length > 0 ? modes : ["AlwaysAllow"];
}

/** Where everything is allowed, nobody is let in without saying who they are. */
export function allowsAnonymous(values: FlagValues, logger: Logger): boolean {
  if (!values.boolean("anonymous-auth")) return false;
  if (!authorizationModes(values).includes("AlwaysAllow")) return true;
  logger.warning(
    "Requests without credentials are refused (--anonymous-auth=false), since " +
      "--authorization-mode=AlwaysAllow would let them do anything",
  );
  return false;
}
