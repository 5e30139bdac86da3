/**
 * Where in an object a rule stands. Linked, so that the text is only made when there is an error to
 * tell.
 */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  readonly #segment: string;

  private constructor(parent: FieldPath | undefined, segment: string) {
    this.#parent = parent;
    this.#segment = segment;
  }

  static root(name: string): FieldPath {
    return new FieldPath(undefined, name);
  }

  child(name: string): FieldPath {
    return new FieldPath(this, `.${name}`);
  }

  index(position: number): FieldPath {
    return new FieldPath(this, `[${position}]`);
  }

  key(key: string): FieldPath {
    return new FieldPath(this, `[${key}]`);
  }

  /** As Kubernetes writes it: `spec.containers[0].name`, `metadata.labels[app]`. */
  toString(): string {
    const segments: string[] = [];
    for (let path: FieldPath | undefined = this; path !== undefined; path = path.#parent) {
      segments.push(path.#segment);
    }
    return segments.reverse().join("");
  }
}
