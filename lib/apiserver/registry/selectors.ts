import { FieldSelector } from "../../api/fields.js";
import type { Requirement } from "../../api/labelRequirement.js";
import { Selector as LabelSelector } from "../../api/labels.js";
import { isUnstructured } from "../../api/resourceType.js";
import { apiErrors } from "../../api/status.js";
import type { FieldRequirement, LabelRequirement, Selector } from "../../storage/storage.js";
import type { RequestOptions } from "../requestOptions.js";
import type { ServedResource } from "./servedResource.js";

/** What of a kind says which fields may be selected by. */
type Selectable = Pick<ServedResource, "kind"> & {
  readonly type: Pick<ServedResource["type"], "fieldSelectors"> & { readonly message?: string };
};

/**
 * The selectors of a list, watch or deletecollection; undefined where everything matches.
 * Malformed ones and fields that the kind does not offer are a BadRequest.
 */
export function selectorOf(
  resource: Selectable,
  options: Pick<RequestOptions, "labelSelector" | "fieldSelector">,
  name = "",
): Selector | undefined {
  if (options.labelSelector === "" && options.fieldSelector === "" && name === "") {
    return undefined;
  }
  try {
    const fields = fieldRequirements(resource, options.fieldSelector, name);
    const labels = LabelSelector.parse(options.labelSelector).requirements.map(labelRequirement);
    return {
      ...(labels.length === 0 ? {} : { labels }),
      ...(fields.length === 0 ? {} : { fields }),
    };
  } catch (error) {
    throw apiErrors.badRequest(error instanceof Error ? error.message : String(error));
  }
}

function fieldRequirements(resource: Selectable, text: string, name: string): FieldRequirement[] {
  const selector = FieldSelector.parse(text);
  selector.check(resource.kind, resource.type.fieldSelectors, isUnstructured(resource.type));
  const requirements = selector.requirements.map(({ field, operator, value }) => ({
    path: field,
    operator,
    value,
  }));
  // The exact name of the URL or of the selector itself: asked once.
  return name === "" || selector.requiredValue("metadata.name") !== undefined
    ? requirements
    : [...requirements, { path: "metadata.name", operator: "=", value: name }];
}

function labelRequirement({ key, operator, values }: Requirement): LabelRequirement {
  switch (operator) {
    case "==":
      return { key, operator: "=", values };
    case "gt":
      return { key, operator: ">", values };
    case "lt":
      return { key, operator: "<", values };
    default:
      return { key, operator, values };
  }
}
