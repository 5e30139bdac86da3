import { semanticEqual } from "../../../api/equality.js";
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from "../../../api/gen/types/flowcontrolV1.js";
import { mandatoryNames, priorityLevels } from "../../bootstrap/data/flowControl.js";
import { maxHashBits, requiredEntropyBits } from "../../fairness/shuffleSharding.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import { validateConditions } from "./conditions.js";

const defaultShares = 30;
const defaultQueuing = { handSize: 8, queues: 64, queueLengthLimit: 50 };
const mostQueues = 10_000_000;
/** Of the versions before v1, which this server does not serve. */
const keptZeroShares = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";
const spec = FieldPath.root("spec");

export const priorityLevelConfigurationStrategy: TypedStrategy<PriorityLevelConfiguration> = {
  group: "flowcontrol.apiserver.k8s.io",
  kind: "PriorityLevelConfiguration",
  defaults: setDefaults,
  prepareForCreate: startGeneration,
  prepareForUpdate: keepGeneration,
  validate: (level, errors) => validateLevel(level, errors),
  validateUpdate(level, _old, errors, { subresource }) {
    if (subresource === "status") validateConditions(level.status?.conditions, errors);
    else validateLevel(level, errors);
  },
};

function setDefaults(level: PriorityLevelConfiguration): void {
  level.spec ??= { type: "" };
  const { limited, exempt } = level.spec;
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= defaultShares;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (!queuing) return;
  for (const field of ["handSize", "queues", "queueLengthLimit"] as const) {
    queuing[field] ||= defaultQueuing[field];
  }
}

function validateLevel(level: PriorityLevelConfiguration, errors: ErrorList): void {
  if (level.metadata.annotations?.[keptZeroShares] !== undefined) {
    const path = FieldPath.root("metadata").child("annotations");
    errors.forbidden(path, `annotation '${keptZeroShares}' is forbidden`);
  }
  validateSpec(level, errors);
  validateMandatory(level, errors);
  validateConditions(level.status?.conditions, errors);
  validateUnions(level, errors);
}

function validateSpec(level: PriorityLevelConfiguration, errors: ErrorList): void {
  const { type = "", limited, exempt } = level.spec;
  if ((level.metadata.name === "exempt") !== (type === "Exempt")) {
    const detail = "must be 'Exempt' if and only if `name` is 'exempt'";
    errors.invalid(spec.child("type"), type, detail);
  }
  if (type === "Exempt" && exempt) validateSeats(exempt, spec.child("exempt"), errors);
  else if (type === "Limited" && limited) validateLimited(limited, errors);
  else if (!["", "Exempt", "Limited"].includes(type)) {
    errors.notSupported(spec.child("type"), type, ["Exempt", "Limited"]);
  }
}

/** Which fields there may be, as upstream declares it at the types, after all other rules. */
function validateUnions({ spec: { type, limited, exempt } }: Level, errors: ErrorList): void {
  if (exempt && type !== "Exempt") errors.forbidden(spec.child("exempt"), "");
  if (limited && type !== "Limited") errors.forbidden(spec.child("limited"), "");
  if (!limited && type === "Limited") errors.required(spec.child("limited"));
  if (!type) errors.required(spec.child("type"));
  if (!limited) return;
  const path = spec.child("limited").child("limitResponse");
  const { type: response, queuing } = limited.limitResponse ?? {};
  if (queuing && response !== "Queue") errors.forbidden(path.child("queuing"), "");
  if (!queuing && response === "Queue") errors.required(path.child("queuing"));
  if (!response) errors.required(path.child("type"));
}

type Level = PriorityLevelConfiguration;
type Seats = Pick<
  LimitedPriorityLevelConfiguration,
  "nominalConcurrencyShares" | "lendablePercent"
>;

function validateSeats(seats: Seats, path: FieldPath, errors: ErrorList): void {
  validateShares(seats, path, errors);
  validateLending(seats, path, errors);
}

function validateShares(seats: Seats, path: FieldPath, errors: ErrorList): void {
  const { nominalConcurrencyShares: shares = 0 } = seats;
  if (shares >= 0) return;
  errors.invalid(path.child("nominalConcurrencyShares"), shares, "must be a non-negative integer");
}

function validateLending({ lendablePercent = 0 }: Seats, path: FieldPath, errors: ErrorList): void {
  if (lendablePercent >= 0 && lendablePercent <= 100) return;
  const detail = "must be between 0 and 100, inclusive";
  errors.invalid(path.child("lendablePercent"), lendablePercent, detail);
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, errors: ErrorList): void {
  const path = spec.child("limited");
  validateShares(limited, path, errors);
  validateResponse(limited.limitResponse, path.child("limitResponse"), errors);
  validateLending(limited, path, errors);
  const { borrowingLimitPercent: percent = 0 } = limited;
  if (percent < 0) {
    const detail = "if specified, must be a non-negative integer";
    errors.invalid(path.child("borrowingLimitPercent"), percent, detail);
  }
}

function validateResponse(
  response: LimitResponse | undefined,
  path: FieldPath,
  errors: ErrorList,
): void {
  const { type = "", queuing } = response ?? {};
  if (type === "Queue" && queuing) validateQueuing(queuing, path.child("queuing"), errors);
  if (!["", "Queue", "Reject"].includes(type)) {
    errors.notSupported(path.child("type"), type, ["Queue", "Reject"]);
  }
}

function validateQueuing(queuing: QueuingConfiguration, path: FieldPath, errors: ErrorList): void {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  if (queueLengthLimit <= 0) {
    errors.invalid(path.child("queueLengthLimit"), queueLengthLimit, "must be positive");
  }
  if (queues <= 0) errors.invalid(path.child("queues"), queues, "must be positive");
  else if (queues > mostQueues) {
    errors.invalid(path.child("queues"), queues, `must not be greater than ${mostQueues}`);
  }
  const hand = path.child("handSize");
  if (handSize <= 0) errors.invalid(hand, handSize, "must be positive");
  else if (handSize > queues) {
    errors.invalid(hand, handSize, `should not be greater than queues (${queues})`);
  } else if (requiredEntropyBits(queues, handSize) > maxHashBits) {
    const detail =
      `required entropy bits of deckSize ${queues} and handSize ${handSize} ` +
      `should not be greater than ${maxHashBits}`;
    errors.invalid(hand, handSize, detail);
  }
}

function validateMandatory(level: PriorityLevelConfiguration, errors: ErrorList): void {
  const name = level.metadata.name ?? "";
  if (!mandatoryNames.includes(name)) return;
  const wanted = priorityLevels[name] as PriorityLevelConfiguration["spec"];
  if (name === "exempt") {
    const { exempt: _own, ...fixed } = wanted;
    const { exempt: _given, ...given } = level.spec;
    if (semanticEqual(given, fixed)) return;
    const detail = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value";
    errors.invalid(spec, level.spec, detail);
  } else if (!semanticEqual(level.spec, wanted)) {
    errors.invalid(spec, level.spec, `spec of '${name}' must equal the fixed value`);
  }
}
