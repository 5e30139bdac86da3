// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta } from "./metaV1.js";
import type { RawExtension } from "./runtime.js";

/** Table is a list as kubectl prints it. */
export interface Table {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "Table";
  metadata?: ListMeta;
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}

/** TableColumnDefinition describes one column. */
export interface TableColumnDefinition {
  /** The heading. */
  name: string;
  /** string, integer, number, boolean or date. */
  type: string;
  /** `name` marks the column that names the object. */
  format: string;
  description: string;
  /** Zero is always shown, more on request. */
  priority: number;
}

/** TableRow is one object. */
export interface TableRow {
  /** One for each column. */
  cells: RawExtension[];
  conditions?: TableRowCondition[];
  /** As includeObject asks: nothing, the metadata or the whole object. */
  object?: RawExtension;
}

/** TableRowCondition marks a row, for example as finished. */
export interface TableRowCondition {
  /** Completed is the only one. */
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** VersionInfo is what /version answers. */
export interface VersionInfo {
  major: string;
  minor: string;
  /** The release whose behaviour is emulated. */
  emulationMajor?: string;
  emulationMinor?: string;
  /** The oldest release that can be emulated. */
  minCompatibilityMajor?: string;
  minCompatibilityMinor?: string;
  gitVersion: string;
  gitCommit: string;
  gitTreeState: string;
  buildDate: string;
  goVersion: string;
  compiler: string;
  platform: string;
}
