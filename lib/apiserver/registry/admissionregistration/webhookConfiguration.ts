import { semanticEqual } from "../../../api/equality.js";
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from "../../../api/gen/types/admissionregistrationV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { setGeneration, type TypedStrategy } from "../typedStrategy.js";

const group = "admissionregistration.k8s.io";
type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
const webhooks = FieldPath.root("webhooks");

function defaultWebhooks(configuration: Configuration): void {
  for (const webhook of configuration.webhooks ?? []) {
    webhook.failurePolicy ??= "Fail";
    webhook.matchPolicy ??= "Equivalent";
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= 10;
    if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
    for (const rule of webhook.rules ?? []) rule.scope ??= "*";
  }
}

function prepareForUpdate(configuration: Configuration, old: Configuration): void {
  const generation = old.metadata.generation ?? 0;
  const changed = !semanticEqual(configuration.webhooks, old.webhooks);
  setGeneration(configuration.metadata, changed ? generation + 1 : generation);
}

function validateWebhooks(configuration: Configuration, errors: ErrorList): void {
  const names = new Set<string>();
  for (const [position, webhook] of (configuration.webhooks ?? []).entries()) {
    const path = webhooks.index(position);
    if ((webhook.name ?? "").split(".").length < 3) {
      const detail = "should be a domain with at least three segments separated by dots";
      errors.invalid(path.child("name"), webhook.name ?? "", detail);
    }
    if (names.has(webhook.name)) errors.duplicate(path.child("name"), webhook.name);
    names.add(webhook.name);
    errors.oneOf(path.child("failurePolicy"), webhook.failurePolicy, ["Fail", "Ignore"]);
    errors.oneOf(path.child("matchPolicy"), webhook.matchPolicy, ["Equivalent", "Exact"]);
    if (!webhook.sideEffects) {
      const detail = "must specify one of None, NoneOnDryRun";
      errors.required(path.child("sideEffects"), detail);
    } else {
      errors.oneOf(path.child("sideEffects"), webhook.sideEffects, ["None", "NoneOnDryRun"]);
    }
    const seconds = webhook.timeoutSeconds ?? 0;
    if (seconds < 1 || seconds > 30) {
      const detail = "the timeout value must be between 1 and 30 seconds";
      errors.invalid(path.child("timeoutSeconds"), seconds, detail);
    }
    const { service, url } = webhook.clientConfig ?? {};
    if (Boolean(service) === Boolean(url)) {
      errors.required(path.child("clientConfig"), "exactly one of url or service is required");
    }
    if ((webhook.admissionReviewVersions ?? []).length === 0) {
      const detail = "must specify one of v1, v1beta1";
      errors.required(path.child("admissionReviewVersions"), detail);
    }
  }
}

export const mutatingWebhookStrategy: TypedStrategy<MutatingWebhookConfiguration> = {
  group,
  kind: "MutatingWebhookConfiguration",
  allowUnconditionalUpdate: false,
  defaults(configuration) {
    defaultWebhooks(configuration);
    for (const webhook of configuration.webhooks ?? []) webhook.reinvocationPolicy ??= "Never";
  },
  prepareForCreate(configuration) {
    configuration.metadata.generation = 1;
  },
  prepareForUpdate,
  validate: validateWebhooks,
  validateUpdate: (configuration, _old, errors) => validateWebhooks(configuration, errors),
};

export const validatingWebhookStrategy: TypedStrategy<ValidatingWebhookConfiguration> = {
  group,
  kind: "ValidatingWebhookConfiguration",
  allowUnconditionalUpdate: false,
  defaults: defaultWebhooks,
  prepareForCreate(configuration) {
    configuration.metadata.generation = 1;
  },
  prepareForUpdate,
  validate: validateWebhooks,
  validateUpdate: (configuration, _old, errors) => validateWebhooks(configuration, errors),
};
