import type { ServiceAccount } from "../../../api/gen/types/coreV1.js";
import type { TypedStrategy } from "../typedStrategy.js";

/** Who pods are to the API; everything it says refers to secrets by name. */
export const serviceAccountStrategy: TypedStrategy<ServiceAccount> = {
  group: "",
  kind: "ServiceAccount",
};
