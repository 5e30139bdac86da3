/**
 * Kubernetes' `$(NAME)` expansion of commands, arguments and environment values: unknown names stay
 * as written,
 * `$$(NAME)` is the literal `$(NAME)`.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(
    /\$(?:(\$)|\(([^)]*)\))/g,
    (whole, dollar: string | undefined, name: string) => {
      if (dollar !== undefined) return "$";
      return lookup(name) ?? whole;
    },
  );
}
