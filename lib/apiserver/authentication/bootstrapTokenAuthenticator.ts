import { parseTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";
import { digestOf } from "./credentialFile.js";
import type { TokenAuthenticator, TokenResult } from "./tokenAuthenticator.js";

const pattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const none: TokenResult = { outcome: "none" };

interface SecretTree {
  readonly type?: string;
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Tokens `id.secret` for machines that join the cluster; each is a Secret in kube-system
 * (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).
 */
export class BootstrapTokenAuthenticator implements TokenAuthenticator {
  readonly name = "bootstraptoken";
  readonly #storage: Storage;
  readonly #clock: Clock;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  authenticateToken(token: string): TokenResult | Promise<TokenResult> {
    const match = pattern.exec(token);
    if (match === null) return none;
    return this.#lookUp(match[1] ?? "", match[2] ?? "");
  }

  async #lookUp(id: string, secret: string): Promise<TokenResult> {
    const key = `/registry/secrets/kube-system/bootstrap-token-${id}`;
    const found = await this.#storage.getEncoded(key, {
      messageType: "k8s.io.api.core.v1.Secret",
      format: "json",
      part: "object",
    });
    if (found === undefined) return none;
    const tree = JSON.parse(Buffer.from(found.bytes).toString("utf8")) as SecretTree;
    const value = (name: string): string =>
      Buffer.from(tree.data?.[name] ?? "", "base64").toString("utf8");
    if (tree.metadata.deletionTimestamp) return none;
    if (tree.type !== "bootstrap.kubernetes.io/token") return none;
    if (digestOf(value("token-secret")) !== digestOf(secret)) return none;
    if (value("token-id") !== id) return none;
    const expiration = value("expiration");
    // Upstream holds a token to have ended whose time cannot be read.
    const ends = parseTime(expiration);
    if (expiration !== "" && (ends === undefined || ends <= this.#clock.now())) return none;
    if (value("usage-bootstrap-authentication") !== "true") return none;
    const extra = value("auth-extra-groups")
      .split(",")
      .map((group) => group.trim())
      .filter((group) => group !== "");
    if (extra.some((group) => !groupPattern.test(group))) return none;
    const groups = ["system:bootstrappers", ...extra, "system:authenticated"];
    return {
      outcome: "authenticated",
      user: { name: `system:bootstrap:${id}`, uid: "", groups, extra: {} },
    };
  }
}
