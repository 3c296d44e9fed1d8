export interface SparseOptions {
  /** Folder of the model that adds to the record; without one the record is read as it is. */
  readonly record?: string | undefined;
  /** Folder of the page. */
  readonly out?: string | undefined;
}
