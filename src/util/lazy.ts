import { currentSignal, ofNobody, orAborted } from "./abort.js";

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
      opened ??= ofNobody(open);
      return orAborted(opened, currentSignal());
    },
    peek: () => opened,
  };
}
