import type { CustomResourceDefinition } from "../../../api/gen/types/apiextensionsV1.js";
import { formatTime } from "../../../api/time.js";
import { FieldPath } from "../fieldPath.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");

/** Kept as it is for now: what it defines is served by later work. */
export const customResourceDefinitionStrategy: TypedStrategy<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  allowUnconditionalUpdate: false,
  defaults(definition) {
    const { names } = definition.spec;
    names.singular ||= (names.kind ?? "").toLowerCase();
    names.listKind ||= `${names.kind}List`;
    definition.spec.conversion ??= { strategy: "None" };
  },
  prepareForCreate(definition, { now }) {
    startGeneration(definition);
    const stored = definition.spec.versions?.find(({ storage }) => storage);
    const storedVersions = stored === undefined ? [] : [stored.name];
    // Clients that wait for it are told that they would wait for ever.
    const condition = {
      type: "Established",
      status: "False",
      lastTransitionTime: formatTime(now),
      reason: "NotServed",
      message: "custom resources are not served yet",
    };
    const status = { storedVersions, conditions: [condition] };
    definition.status = status as NonNullable<typeof definition.status>;
  },
  prepareForUpdate: keepGeneration,
  validate(definition, errors) {
    const { group, names, scope } = definition.spec;
    const versions = definition.spec.versions ?? [];
    const wanted = `${names?.plural}.${group}`;
    if (definition.metadata.name !== wanted) {
      const detail = 'must be spec.names.plural+"."+spec.group';
      errors.invalid(FieldPath.root("metadata").child("name"), definition.metadata.name, detail);
    }
    if (!group) errors.required(spec.child("group"));
    errors.oneOf(spec.child("scope"), scope, ["Cluster", "Namespaced"]);
    if (versions.filter(({ storage }) => storage).length !== 1) {
      const detail = "must have exactly one version marked as storage version";
      errors.invalid(
        spec.child("versions"),
        versions.map(({ name }) => name),
        detail,
      );
    }
  },
};
