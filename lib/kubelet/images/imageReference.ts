/** An image's name taken apart, with the defaults that every runtime adds. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const defaultRegistry = "docker.io";

/** Undefined where the text is no image reference: then the container waits as InvalidImageName. */
export function parseImageReference(image: string): ImageReference | undefined {
  const match =
    /^(?<name>[^@]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-f]{32,}))?$/.exec(
      image,
    );
  const name = match?.groups?.name;
  if (!name) return undefined;
  const [first, ...rest] = name.split("/") as [string, ...string[]];
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const registry = hasRegistry ? first : defaultRegistry;
  const path = hasRegistry ? rest.join("/") : name;
  if (
    !/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/.test(
      path,
    )
  ) {
    return undefined;
  }
  const repository = !hasRegistry && rest.length === 0 ? `library/${path}` : path;
  const digest = match?.groups?.digest ?? "";
  const tag = match?.groups?.tag ?? (digest === "" ? "latest" : "");
  return { registry, repository, tag, digest };
}
