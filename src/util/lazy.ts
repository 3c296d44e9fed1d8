/** Something that is opened when it is first needed, once. */
export interface Lazy<T> {
  get(): Promise<T>;
  /** null where it was never needed. */
  peek(): Promise<T> | null;
}

export function lazy<T>(open: () => Promise<T>): Lazy<T> {
  let opened: Promise<T> | null = null;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    peek: () => opened,
  };
}
