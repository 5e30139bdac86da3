import { coreV1 } from "../../api/gen/resources.js";
import type { Secret, ServiceAccount } from "../../api/gen/types/coreV1.js";
import { hasReason, isObjectNotFound } from "../../api/status.js";
import { type Indexer, objectKey, splitKey } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";
import { LegacyTokens } from "./legacyTokens.js";

const secretType = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
/** Of service accounts: by the secrets that they list. */
const secretIndex = "secret";
const uidAnnotation = "kubernetes.io/service-account.uid";

/**
 * Fills secrets that were made for a service account's token, and removes them with the account.
 */
export class ServiceAccountTokenController extends QueueController {
  readonly #secrets: Indexer<Secret>;
  readonly #accounts: Indexer<ServiceAccount>;
  readonly #tokens: LegacyTokens;

  constructor(context: ControllerContext) {
    super("serviceaccount-token-controller", context);
    this.#tokens = new LegacyTokens(context.options.serviceAccountPrivateKey);
    const secrets = this.informer(coreV1.secrets, { fieldSelector: `type=${secretType}` });
    this.#secrets = secrets.indexer;
    this.#secrets.addIndex("account", (secret) => [accountOf(secret)]);
    this.enqueueAll(secrets);
    const accounts = this.informer(coreV1.serviceaccounts);
    this.#accounts = accounts.indexer;
    this.#accounts.addIndex(secretIndex, ({ metadata, secrets = [] }) => {
      return secrets.map(({ name }) => `${metadata.namespace}/${name}`);
    });
    const secretsOf = (account: ServiceAccount): void => {
      for (const secret of this.#secrets.byIndex("account", objectKey(account))) {
        this.enqueue(secret as { metadata?: NonNullable<Secret["metadata"]> });
      }
    };
    accounts.addEventHandler({ onAdd: secretsOf, onDelete: secretsOf });
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const secret = this.#secrets.get(key);
    if (secret === undefined) return this.#removeFromAccounts(key, signal);
    if (secret.metadata?.deletionTimestamp !== undefined) return;
    const { namespace, name } = splitKey(key);
    const account = await this.#account(secret, signal);
    const secrets = this.context.client.resource(coreV1.secrets);
    const uid = secret.metadata?.annotations?.[uidAnnotation];
    const isForAnother = uid !== undefined && uid !== "" && uid !== account?.metadata.uid;
    try {
      if (account === undefined || isForAnother) {
        const preconditions = { uid: secret.metadata?.uid ?? "" };
        await secrets.delete(name, { namespace, preconditions, signal });
        return;
      }
      const data = await this.#data(secret, account);
      if (data === undefined && uid !== undefined) return;
      const annotations = {
        ...secret.metadata?.annotations,
        [uidAnnotation]: account.metadata.uid ?? "",
      };
      const metadata = { ...secret.metadata, annotations };
      await secrets.update({ ...secret, metadata, data: data ?? secret.data ?? {} }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  /** A secret that is gone is no account's any more; whether it is, the server is asked. */
  async #removeFromAccounts(key: string, signal: AbortSignal): Promise<void> {
    const { namespace, name } = splitKey(key);
    const listing = this.#accounts.byIndex(secretIndex, key);
    if (listing.length === 0) return;
    try {
      await this.context.client.resource(coreV1.secrets).get(name, { namespace, signal });
      return;
    } catch (error) {
      if (!isObjectNotFound(error, name)) throw error;
    }
    const accounts = this.context.client.resource(coreV1.serviceaccounts);
    for (const account of listing) {
      const secrets = (account.secrets ?? []).filter((reference) => reference.name !== name);
      try {
        await accounts.update({ ...account, secrets }, { signal });
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  }

  /**
   * Asked of the server where the cache has none, or another of its name than the secret is for:
   * the secret must not go because the cache lags.
   */
  async #account(secret: Secret, signal: AbortSignal): Promise<ServiceAccount | undefined> {
    const key = accountOf(secret);
    const cached = this.#accounts.get(key);
    const uid = secret.metadata?.annotations?.[uidAnnotation] ?? "";
    if (cached !== undefined && (uid === "" || uid === cached.metadata.uid)) return cached;
    const { namespace, name } = splitKey(key);
    try {
      const accounts = this.context.client.resource(coreV1.serviceaccounts);
      return await accounts.get(name, { namespace, signal });
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** Undefined where the secret has everything already. */
  async #data(
    secret: Secret,
    account: ServiceAccount,
  ): Promise<Record<string, string> | undefined> {
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const authorities = this.context.options.rootCertificateAuthorities;
    const data = { ...secret.data };
    const before = JSON.stringify(data);
    if (authorities !== "") data["ca.crt"] = encode(authorities);
    data.namespace ||= encode(account.metadata.namespace ?? "");
    data.token ||= encode(this.#tokens.sign(secret, account));
    return JSON.stringify(data) === before ? undefined : data;
  }
}

function accountOf(secret: Secret): string {
  const { annotations, namespace } = secret.metadata ?? {};
  return `${namespace}/${annotations?.[nameAnnotation] ?? ""}`;
}
