import { CodecFailure } from "../api/codec.js";
import { apiErrors } from "../api/status.js";

/** With which the codec's messages begin. */
const codecReason = /^(?:syntax|(?:invalid|unknown|duplicate|too|wrong)[A-Z]\w*): /;

/** What a caller gave, encoded; throws BadRequest, as the server would, where that cannot be. */
export function encoded(encode: () => Uint8Array): Uint8Array {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof CodecFailure)) throw error;
    throw apiErrors.badRequest(error.message.replace(codecReason, ""));
  }
}
