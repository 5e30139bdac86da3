/** Headers about one connection, which go no further (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

type HeaderMap = Record<string, string | readonly string[]>;
type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A client's headers as a backend may see them: nothing about the connection, nothing secret. */
export function forwardedHeaders(headers: IncomingHeaders, isUpgrade: boolean): HeaderMap {
  const result: HeaderMap = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(":") || name === "host") continue;
    const isSecret =
      name === "authorization" || name.startsWith("impersonate-") || name.startsWith("x-remote-");
    const isKept = !hopByHop.has(name) || (isUpgrade && name === "upgrade");
    if (isKept && !isSecret) result[name] = value;
  }
  return result;
}

/** A backend's headers as the client may see them. */
export function responseHeaders(headers: IncomingHeaders): HeaderMap {
  const result: HeaderMap = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hopByHop.has(name)) result[name] = value;
  }
  return result;
}

/** What links of a proxied page are relative to: the request's path up to the backend's root. */
export interface ProxiedRoot {
  /** `/api/v1/namespaces/default/services/web/proxy`. */
  readonly prefix: string;
  /** The backend's `host:port`; links to other hosts stay. */
  readonly host: string;
}

/** A link of the backend as the client must follow it, so that it stays behind the proxy. */
export function rewriteLink(link: string, { prefix, host }: ProxiedRoot): string {
  const absolute = /^(?:(https?):)?\/\/([^/?#]+)([\s\S]*)$/i.exec(link);
  const target = absolute?.[2];
  if (target !== undefined && target !== host && target !== host.replace(/:(80|443)$/, "")) {
    return link;
  }
  const path = absolute ? (absolute[3] ?? "") : link;
  if (!absolute && !path.startsWith("/")) return link;
  if (path === prefix || path.startsWith(`${prefix}/`)) return path;
  return `${prefix}${path.startsWith("/") ? path : `/${path}`}`;
}

/** Attributes that hold links, as upstream's proxy knows them. */
const elements =
  "a|applet|area|audio|base|blockquote|body|button|command|del|embed|form|frame|head|html|" +
  "iframe|img|input|ins|link|object|q|script|source|track|video";
const attributes =
  "action|archive|background|cite|classid|codebase|data|formaction|href|icon|longdesc|" +
  "manifest|poster|profile|src|usemap";
const linkAttribute = new RegExp(
  `(<(?:${elements})\\b[^>]*?\\s(?:${attributes})\\s*=\\s*)("[^"]*"|'[^']*')`,
  "gi",
);

/** Rewrites the links of an HTML page. */
export function rewriteHtml(html: string, root: ProxiedRoot): string {
  return html.replace(linkAttribute, (_whole, head: string, quoted: string) => {
    const quote = quoted[0] as string;
    return `${head}${quote}${rewriteLink(quoted.slice(1, -1), root)}${quote}`;
  });
}
