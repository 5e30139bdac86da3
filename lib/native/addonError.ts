/** The addon cannot be used as it is; the message is one line that says what to do. */
export class AddonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AddonError";
  }
}
