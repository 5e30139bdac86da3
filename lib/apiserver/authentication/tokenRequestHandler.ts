import type { TokenRequest } from "../../api/gen/types/authenticationV1.js";
import { apiErrors } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Random } from "../../platform/random.js";
import type { Storage } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type { CreateHandler, CreateHandlerContext } from "../registry/createHandler.js";
import { ErrorList } from "../registry/errorList.js";
import { FieldPath } from "../registry/fieldPath.js";
import type { BoundClaims, ServiceAccountIssuer } from "./serviceAccountIssuer.js";

export interface TokenRequestOptions {
  readonly apiAudiences: readonly string[];
  /** --service-account-max-token-expiration in seconds; 0 is no bound. */
  readonly maxExpirationSeconds: number;
  /** --service-account-extend-token-expiration. */
  readonly extendExpiration: boolean;
}

const shortestSeconds = 600;
const longestSeconds = 2 ** 32;
/** What admission asks for in projected volumes; such tokens quietly live a year (KEP-1205). */
const warnOnlySeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;
const spec = FieldPath.root("spec");
const accounts = { group: "", resource: "serviceaccounts" };

/** serviceaccounts/token: signs tokens that are bound to audiences, a time, and an object. */
export class TokenRequestHandler implements CreateHandler {
  readonly group = "";
  readonly resource = "serviceaccounts";
  readonly subresource = "token";
  readonly #issuer: ServiceAccountIssuer;
  readonly #caches: ServerCaches;
  readonly #storage: Storage;
  readonly #random: Random;
  readonly #options: TokenRequestOptions;

  constructor(
    issuer: ServiceAccountIssuer,
    caches: ServerCaches,
    storage: Storage,
    random: Random,
    options: TokenRequestOptions,
  ) {
    this.#issuer = issuer;
    this.#caches = caches;
    this.#storage = storage;
    this.#random = random;
    this.#options = options;
  }

  async create(object: ObjectTree, context: CreateHandlerContext): Promise<ObjectTree> {
    const request = object as unknown as TokenRequest;
    const { namespace, name, now } = context;
    const account = await this.#caches.serviceAccounts.find(namespace, name);
    if (account === undefined) throw apiErrors.notFound(accounts, name);
    checkName(object, name);
    const { apiAudiences } = this.#options;
    const audiences = request.spec?.audiences ?? [];
    if (audiences.length === 0) audiences.push(...apiAudiences);
    const seconds = this.#expiration(request);
    const bound = await this.#boundObject(request, namespace, name);
    const issued = Math.floor(now / 1000);
    const extended =
      this.#options.extendExpiration &&
      seconds === warnOnlySeconds &&
      audiences.every((audience) => apiAudiences.includes(audience));
    const claims: BoundClaims = {
      aud: audiences,
      exp: issued + (extended ? extendedSeconds : seconds),
      iat: issued,
      iss: this.#issuer.issuer,
      jti: this.#random.uuid(),
      "kubernetes.io": {
        namespace,
        ...bound,
        serviceaccount: { name, uid: account.uid },
        ...(extended ? { warnafter: issued + seconds } : {}),
      },
      nbf: issued,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const token = this.#issuer.sign(claims);
    const expirationTimestamp = formatTime((issued + seconds) * 1000);
    return {
      ...object,
      metadata: {
        ...(object.metadata as object | undefined),
        name,
        namespace,
        creationTimestamp: formatTime(now),
      },
      spec: { ...request.spec, audiences, expirationSeconds: seconds },
      status: { token, expirationTimestamp },
    };
  }

  #expiration(request: TokenRequest): number {
    const asked = request.spec?.expirationSeconds ?? 3600;
    const errors = new ErrorList();
    const path = spec.child("expirationSeconds");
    if (asked < shortestSeconds) {
      errors.invalid(path, asked, "may not specify a duration less than 10 minutes");
    }
    if (asked > longestSeconds) {
      errors.invalid(path, asked, "may not specify a duration larger than 2^32 seconds");
    }
    if (errors.list.length > 0) {
      throw apiErrors.invalid(
        { group: "authentication.k8s.io", kind: "TokenRequest" },
        "",
        errors.list,
      );
    }
    const most = this.#options.maxExpirationSeconds;
    return most > 0 && asked > most ? most : asked;
  }

  async #boundObject(
    request: TokenRequest,
    namespace: string,
    account: string,
  ): Promise<Pick<BoundClaims["kubernetes.io"], "pod" | "secret" | "node">> {
    const reference = request.spec?.boundObjectRef;
    if (!reference) return {};
    const name = reference.name ?? "";
    const kind = reference.kind ?? "";
    if (reference.apiVersion !== "v1" || !["Pod", "Secret", "Node"].includes(kind)) {
      const what = `${reference.apiVersion ?? ""}, Kind=${kind}`;
      throw apiErrors.badRequest(`cannot bind token to object of type ${what}`);
    }
    const resource = { group: "", resource: `${kind.toLowerCase()}s` };
    if (kind === "Pod") {
      const pod = await this.#caches.pods.find(namespace, name);
      if (pod === undefined) throw apiErrors.notFound(resource, name);
      if (pod.serviceAccount !== account) {
        const message = `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`;
        throw apiErrors.badRequest(message);
      }
      checkUid(resource, name, reference.uid, pod.uid);
      const node = await this.#node(pod.nodeName);
      return { pod: { name, uid: pod.uid }, ...(node === undefined ? {} : { node }) };
    }
    if (kind === "Node") {
      const node = await this.#node(name);
      if (node?.uid === undefined) throw apiErrors.notFound(resource, name);
      checkUid(resource, name, reference.uid, node.uid);
      return { node };
    }
    const uid = await this.#secretUid(namespace, name);
    if (uid === undefined) throw apiErrors.notFound(resource, name);
    checkUid(resource, name, reference.uid, uid);
    return { secret: { name, uid } };
  }

  async #node(name: string): Promise<{ name: string; uid: string } | undefined> {
    if (name === "") return undefined;
    const node = await this.#caches.nodes.find("", name);
    return node === undefined ? undefined : { name, uid: node.uid };
  }

  async #secretUid(namespace: string, name: string): Promise<string | undefined> {
    const view = {
      messageType: "k8s.io.api.core.v1.Secret",
      format: "json",
      part: "metadata",
    } as const;
    const found = await this.#storage.getEncoded(`/registry/secrets/${namespace}/${name}`, view);
    if (found === undefined) return undefined;
    const tree = JSON.parse(Buffer.from(found.bytes).toString("utf8")) as {
      metadata?: { uid?: string };
    };
    return tree.metadata?.uid;
  }
}

function checkUid(
  resource: { group: string; resource: string },
  name: string,
  wanted: string | undefined,
  found: string,
): void {
  if (!wanted || wanted === found) return;
  const why = `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw apiErrors.conflict(resource, name, why);
}

/** A name that the request gives is the account's. */
function checkName(object: ObjectTree, account: string): void {
  const { name } = (object.metadata ?? {}) as { name?: string };
  if (!name || name === account) return;
  const detail = "must match the service account name if specified";
  const errors = new ErrorList();
  errors.invalid(FieldPath.root("metadata").child("name"), name, detail);
  const kind = { group: "authentication.k8s.io", kind: "TokenRequest" };
  throw apiErrors.invalid(kind, account, errors.list);
}
