import { LRUCache } from "lru-cache";

/** Keeps what was used last, up to a total of bytes; the newest entry always stays. */
export class ByteLru<V extends NonNullable<unknown>> {
  private readonly entries: LRUCache<string, V>;
  private readonly limit: number;

  constructor(bytes: number) {
    this.limit = Math.max(1, Math.floor(bytes));
    this.entries = new LRUCache({ maxSize: this.limit });
  }

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V, bytes: number): void {
    // Of an entry that is larger than the limit as much is counted as makes everything else go; the library would drop it itself.
    this.entries.set(key, value, { size: Math.min(Math.max(1, bytes), this.limit) });
  }
}
