import { goQuote } from "../../api/goQuote.js";
import type { Column } from "../../api/resourceType.js";
import { apiErrors } from "../../api/status.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { metadataOf } from "../registry/objectMeta.js";
import type { RegistryDependencies } from "../registry/registryDependencies.js";
import type { ServedResource } from "../registry/servedResource.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import { columnDescription } from "./columnDescription.js";
import { age } from "./humanDuration.js";
import { printerOf } from "./printers.js";
import type { Cell } from "./tableRow.js";

const genericColumns: readonly Column[] = [
  { name: "Name", type: "string", format: "name", priority: 0 },
  { name: "Created At", type: "date", format: "", priority: 0 },
];

const inclusions = ["", "Metadata", "Object", "None"];

/** What has rows: a resource, or a subresource's kind. */
export type Tabled = Pick<ServedResource, "group" | "apiVersion" | "kind" | "columns">;

/** How one resource's objects become a Table's rows. */
export class TableWriter {
  readonly #resource: Tabled;
  readonly #apiVersion: string;
  readonly #includeObject: string;
  readonly #now: () => number;

  constructor(
    deps: Pick<RegistryDependencies, "clock">,
    request: AuthenticatedRequest,
    resource: Tabled,
  ) {
    this.#resource = resource;
    const view = request.view;
    const version = view?.transport === "rest" ? view.accepted.asVersion : "v1";
    this.#apiVersion = `meta.k8s.io/${version}`;
    this.#includeObject = request.options.includeObject;
    if (!inclusions.includes(this.#includeObject)) {
      throw apiErrors.badRequest(
        "Unable to convert to Table as requested: includeObject: Invalid value: " +
          `${goQuote(this.#includeObject)}: must be 'Metadata', 'Object', 'None', or empty`,
      );
    }
    this.#now = () => deps.clock.now();
  }

  /** The Table as JSON. Rows only: later tables of a watch leave the column definitions out. */
  write(
    metadata: Readonly<Record<string, unknown>>,
    objects: readonly ObjectTree[],
    withColumns = true,
  ): string {
    return JSON.stringify({
      kind: "Table",
      apiVersion: this.#apiVersion,
      metadata,
      columnDefinitions: withColumns ? this.#columns() : null,
      rows: objects.map((object) => this.#row(object)),
    });
  }

  #columns(): unknown[] {
    const { columns } = this.#resource;
    return (columns.length > 0 ? columns : genericColumns).map((column) => ({
      name: column.name,
      type: column.type,
      format: column.format,
      description: columnDescription(this.#resource.kind, column.name),
      priority: column.priority,
    }));
  }

  #row(object: ObjectTree): unknown {
    const row = { cells: this.#cells(object) };
    switch (this.#includeObject) {
      case "None":
        return { ...row, object: null };
      case "Object": {
        const { kind, apiVersion } = this.#resource;
        return { ...row, object: { kind, apiVersion, ...object } };
      }
      default:
        return {
          ...row,
          object: {
            kind: "PartialObjectMetadata",
            apiVersion: this.#apiVersion,
            metadata: object.metadata,
          },
        };
    }
  }

  #cells(object: ObjectTree): Cell[] {
    const { columns, group, kind } = this.#resource;
    const metadata = metadataOf(object);
    if (columns.length === 0) {
      return [metadata.name ?? "", metadata.creationTimestamp ?? null];
    }
    const now = this.#now();
    const printer = printerOf(group, kind);
    if (printer !== undefined) {
      return printer(object, { now });
    }
    return columns.map((column) => {
      switch (column.name) {
        case "Name":
          return metadata.name ?? "";
        case "Age":
          return age(metadata.creationTimestamp, now);
        case "Created At":
          return metadata.creationTimestamp ?? null;
        default:
          return "<unknown>";
      }
    });
  }
}
