import { nativeCodec } from "../api/nativeCodec.js";
import { asJson } from "../storage/jsonForm.js";

/** The form in which objects are kept. Both are read, whichever is written. */
export type StoredForm = "protobuf" | "json";

/** What a storage is opened with for it. */
export function formOption(form: StoredForm): { form?: (value: Uint8Array) => Uint8Array } {
  return form === "json" ? { form: (value) => asJson(nativeCodec, value) } : {};
}
