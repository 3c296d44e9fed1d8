/** An object with a record of what was used of it: fields and accessors that were read or set, methods that were called (looking at one is not enough). */
export interface Exercised<T extends object> {
  readonly it: T;
  readonly used: ReadonlySet<string>;
}

export function exercised<T extends object>(object: T): Exercised<T> {
  const used = new Set<string>();
  const it = new Proxy(object, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") {
        used.add(String(key));
        return value;
      }
      return (...parameters: readonly unknown[]): unknown => {
        used.add(String(key));
        return Reflect.apply(value, target, parameters);
      };
    },
    set(target, key, value) {
      used.add(String(key));
      return Reflect.set(target, key, value, target);
    },
  });
  return { it, used };
}
