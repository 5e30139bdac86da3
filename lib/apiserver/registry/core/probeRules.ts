import type {
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
} from "../../../api/gen/types/coreV1.js";
import type { IntOrString } from "../../../api/gen/types/intstr.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { httpHeaderName, portName, portNumber } from "../nameRules.js";

/** A port by number or by name. */
export function validatePortOrName(
  port: IntOrString | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (typeof port === "string") errors.invalidAll(path, port, portName(port));
  else errors.invalidAll(path, port ?? 0, portNumber(port ?? 0));
}

type Handler = LifecycleHandler & { grpc?: { port: number } };

/** Exactly one kind of handler, and that one valid. */
function validateHandler(
  handler: Handler,
  grace: number | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  let handlers = 0;
  const another = (name: string): boolean => {
    handlers += 1;
    if (handlers === 1) return true;
    errors.forbidden(path.child(name), "may not specify more than 1 handler type");
    return false;
  };
  if (handler.exec && another("exec")) {
    if ((handler.exec.command ?? []).length === 0) {
      errors.required(path.child("exec").child("command"));
    }
  }
  if (handler.httpGet && another("httpGet")) {
    validateHttpGet(handler.httpGet, errors, path.child("httpGet"));
  }
  if (handler.tcpSocket && another("tcpSocket")) {
    validatePortOrName(handler.tcpSocket.port, errors, path.child("tcpSocket").child("port"));
  }
  if (handler.grpc && another("grpc")) {
    const port = handler.grpc.port ?? 0;
    errors.invalidAll(path.child("grpc").child("port"), port, portNumber(port));
  }
  if (handler.sleep && another("sleep")) {
    const seconds = handler.sleep.seconds;
    if (grace !== undefined && (seconds < 0 || seconds > grace)) {
      const detail =
        `must be non-negative and less than terminationGracePeriodSeconds (${grace}). ` +
        "Additionally, the value '0' is allowed";
      errors.invalid(path.child("sleep"), seconds, detail);
    }
  }
  if (handlers === 0) errors.required(path, "must specify a handler type");
}

function validateHttpGet(action: HTTPGetAction, errors: ErrorList, path: FieldPath): void {
  if (!action.path) errors.required(path.child("path"));
  validatePortOrName(action.port, errors, path.child("port"));
  errors.oneOf(path.child("scheme"), action.scheme, ["HTTP", "HTTPS"]);
  for (const { name = "" } of action.httpHeaders ?? []) {
    errors.invalidAll(path.child("httpHeaders"), name, httpHeaderName(name));
  }
}

export type ProbePurpose = "livenessProbe" | "readinessProbe" | "startupProbe";

export function validateProbe(
  probe: Probe | undefined | null,
  purpose: ProbePurpose,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!probe) return;
  validateHandler(probe, undefined, errors, path);
  for (const field of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const) {
    errors.nonNegative(path.child(field), probe[field]);
  }
  const grace = probe.terminationGracePeriodSeconds;
  const gracePath = path.child("terminationGracePeriodSeconds");
  if (purpose === "readinessProbe") {
    if (grace !== undefined && grace !== null) {
      errors.invalid(gracePath, grace, "must not be set for readinessProbes");
    }
    return;
  }
  if (grace !== undefined && grace !== null && grace <= 0) {
    errors.invalid(gracePath, grace, "must be greater than 0");
  }
  if ((probe.successThreshold ?? 0) !== 1) {
    errors.invalid(path.child("successThreshold"), probe.successThreshold ?? 0, "must be 1");
  }
}

export function validateLifecycle(
  lifecycle: Lifecycle | undefined | null,
  graceSeconds: number | undefined,
  os: string | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!lifecycle) return;
  for (const hook of ["postStart", "preStop"] as const) {
    const handler = lifecycle[hook];
    if (handler) validateHandler(handler, graceSeconds, errors, path.child(hook));
  }
  if (lifecycle.stopSignal && os === undefined) {
    const detail = "may not be set for containers with empty `spec.os.name`";
    errors.forbidden(path.child("stopSignal"), detail);
  }
}
