export interface SchemeNamePort {
  /** Empty: http. */
  readonly scheme: string;
  readonly name: string;
  /** A number, a port's name, or empty. */
  readonly port: string;
}

/** `name`, `name:port` or `scheme:name:port`; undefined for what is none of them. */
export function splitSchemeNamePort(text: string): SchemeNamePort | undefined {
  const parts = text.split(":");
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return first === "" ? undefined : { scheme: "", name: first, port: "" };
  if (parts.length === 2)
    return first === "" ? undefined : { scheme: "", name: first, port: second };
  const isScheme = first === "" || first === "http" || first === "https";
  if (parts.length !== 3 || !isScheme || second === "") return undefined;
  return { scheme: first, name: second, port: third };
}
