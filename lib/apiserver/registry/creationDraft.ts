import type {
  ApiObject,
  Codec,
  CreationStamp,
  ManagedFieldsOptions,
  WritesLike,
} from "../../api/codec.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { PlainPod, type PodAdditions } from "../admission/plainPod.js";
import { isLongObject, type Work } from "./longObjects.js";
import { hasNativeForm } from "./nativeForm.js";
import { metadataOf } from "./objectMeta.js";
import type { ServedResource } from "./servedResource.js";
import { withDefaults } from "./writeObject.js";

/** What is read of a new object before admission. */
interface SentNames {
  readonly name: string;
  readonly generateName: string;
  readonly namespace: string;
}

const podMessage = "k8s.io.api.core.v1.Pod";

/**
 * What plugins add to plain pods, decoded, by the objects that they hand over one after the other:
 * who hands over the same ones has them read once.
 */
class DecodedAdditions {
  readonly #next = new WeakMap<PodAdditions, DecodedAdditions>();
  #decoded: ApiObject | undefined;

  of(codec: Codec, pod: PlainPod): ApiObject {
    let at: DecodedAdditions = this;
    for (const added of pod.additions) at = at.#after(added);
    at.#decoded ??= decodedAdditions(codec, Object.assign({}, ...pod.additions) as PodAdditions);
    return at.#decoded;
  }

  #after(added: PodAdditions): DecodedAdditions {
    let next = this.#next.get(added);
    if (next === undefined) {
      next = new DecodedAdditions();
      this.#next.set(added, next);
    }
    return next;
  }
}

const known = new DecodedAdditions();

function decodedAdditions(codec: Codec, spec: PodAdditions): ApiObject {
  const text = Buffer.from(JSON.stringify({ spec }));
  // They outlive the request that first has them.
  const { object } = codec.lasting.decode(podMessage, text, { format: "json", defaults: false });
  if (object === undefined) throw new Error("what admission adds to a pod does not decode");
  return object;
}

/** How far a draft is: each state has what counts in it. */
type State =
  /** No rule has anything to say of it: it never becomes a tree unless somebody asks for one. */
  | { readonly is: "plain"; readonly pod: PlainPod | undefined }
  /** Made natively: its tree is for reading. */
  | {
      readonly is: "made";
      readonly pod: PlainPod | undefined;
      readonly final: ApiObject;
      tree: ObjectTree | undefined;
    }
  /** The tree counts, and may be changed. */
  | { readonly is: "tree"; readonly tree: ObjectTree };

/**
 * An object that is being created, with its defaults. Most stay native: a plain one becomes a JSON
 * tree only when a plugin asks for it, and the tree is what counts from then on.
 */
export class CreationDraft {
  /** As it was sent, with its defaults. */
  readonly object: ApiObject;
  readonly names: SentNames;
  readonly #codec: Codec;
  readonly #namespace: string;
  #state: State;

  private constructor(
    codec: Codec,
    object: ApiObject,
    names: SentNames,
    namespace: string,
    state: State,
  ) {
    this.#codec = codec;
    this.object = object;
    this.names = names;
    this.#namespace = namespace;
    this.#state = state;
  }

  /**
   * `namespace` is the request's; empty for kinds that have none. An object that has its managers
   * already is never plain.
   */
  static of(
    work: Work,
    resource: ServedResource,
    wanted: ApiObject,
    namespace: string,
    hasManagers: boolean,
  ): MaybePromise<CreationDraft> {
    const mayBePlain = !hasManagers && hasNativeForm(resource) && !isLongObject(wanted, work.clock);
    const plain = mayBePlain ? wanted.plain() : undefined;
    if (plain !== undefined && resource.strategy.allowsPlain?.(plain) !== false) {
      const pod = plain.pod === undefined ? undefined : new PlainPod(plain.pod);
      const state: State = { is: "plain", pod };
      return new CreationDraft(work.codec, wanted, plain, namespace, state);
    }
    return andThen(withDefaults(work, resource, wanted), ({ object, tree }) => {
      const { name = "", generateName = "", namespace: sent = "" } = metadataOf(tree);
      const names = { name, generateName, namespace: sent };
      return new CreationDraft(work.codec, object, names, namespace, { is: "tree", tree });
    });
  }

  get isPlain(): boolean {
    return this.#state.is === "plain";
  }

  /** For plugins, as long as it is a plain pod. */
  get plainPod(): PlainPod | undefined {
    return this.#state.is === "tree" ? undefined : this.#state.pod;
  }

  /** The tree that counts; for reading alone once the object is made. */
  get tree(): ObjectTree {
    const state = this.#state;
    if (state.is === "tree") return state.tree;
    if (state.is === "made") {
      state.tree ??= JSON.parse(state.final.jsonUnmanaged()) as ObjectTree;
      return state.tree;
    }
    const tree = JSON.parse(this.#admitted(state.pod).jsonUnmanaged()) as ObjectTree;
    if (this.#namespace === "") delete metadataOf(tree).namespace;
    else metadataOf(tree).namespace = this.#namespace;
    this.#state = { is: "tree", tree };
    return tree;
  }

  #admitted(pod: PlainPod | undefined): ApiObject {
    if (pod === undefined) return this.object;
    return this.object.admitted(known.of(this.#codec, pod), pod.volume);
  }

  /** As what it was made natively; undefined where others cannot be made like it. */
  like(like: WritesLike): object | undefined {
    if (this.#state.is !== "made") return undefined;
    const { pod } = this.#state;
    const additions = pod === undefined ? undefined : known.of(this.#codec, pod);
    return this.object.creationsLike({
      ...like,
      additions,
      volumePrefix: pod?.volumePrefix ?? "",
    });
  }

  /**
   * The object that is stored of a plain one. Undefined where its tree counts, or has to: where its
   * name is not plain.
   */
  make(stamp: CreationStamp, write: ManagedFieldsOptions): ApiObject | undefined {
    if (this.#state.is === "tree") return undefined;
    const { pod } = this.#state;
    const additions = pod === undefined ? undefined : known.of(this.#codec, pod);
    const final = this.object.created(additions, pod?.volume ?? "", stamp, write);
    if (final === undefined) return undefined;
    this.#state = { is: "made", pod, final, tree: undefined };
    return final;
  }
}
