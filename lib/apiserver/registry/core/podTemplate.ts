import type { PodTemplate } from "../../../api/gen/types/coreV1.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";
import type { PodRuleOptions } from "./containerRules.js";
import { validatePodTemplate } from "./podRules.js";

export function podTemplateStrategy(options: PodRuleOptions): TypedStrategy<PodTemplate> {
  const template = FieldPath.root("template");
  return {
    group: "",
    kind: "PodTemplate",
    allowCreateOnUpdate: true,
    prepareForCreate(object) {
      object.metadata.generation = 1;
    },
    validate: (object, errors) => validatePodTemplate(object.template, options, errors, template),
    validateUpdate: (object, _old, errors) =>
      validatePodTemplate(object.template, options, errors, template),
  };
}
