/**
 * A size, or a whole number made of sizes, that may not be known before a graph is run: a number, or a sum of products of symbols in a normal form, so
 * that equal ones are equal texts. Symbols that begin with `p` are positive, with `n` not negative; others are any whole number.
 */
export type Dim = number | string;

/** Products of symbols, in alphabetical order, by how many of each; of the empty product, that many ones. */
type Terms = ReadonlyMap<string, number>;

const TIMES = "*";
const PLUS = "+";

function termsOf(dim: Dim): Terms {
  if (typeof dim === "number") return new Map(dim === 0 ? [] : [["", dim]]);
  return new Map(
    dim.split(PLUS).map((term) => {
      const [first = "", ...symbols] = term.split(TIMES);
      return [symbols.join(TIMES), Number(first)];
    }),
  );
}

function dimOf(terms: Terms): Dim {
  const kept = [...terms].filter(([, count]) => count !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const [only] = kept;
  if (only === undefined) return 0;
  if (kept.length === 1 && only[0] === "") return only[1];
  return kept.map(([symbols, count]) => (symbols === "" ? `${count}` : `${count}${TIMES}${symbols}`)).join(PLUS);
}

/** @param name of letters, digits and underscores. */
export const symbol = (name: string): Dim => `1${TIMES}${name}`;

export function plus(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const sum = new Map(termsOf(a));
  for (const [symbols, count] of termsOf(b)) sum.set(symbols, (sum.get(symbols) ?? 0) + count);
  return dimOf(sum);
}

export function times(a: Dim, b: Dim): Dim {
  if (a === 0 || b === 0) return 0;
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  const product = new Map<string, number>();
  for (const [some, m] of termsOf(a)) {
    for (const [others, n] of termsOf(b)) {
      const symbols = [...factors(some), ...factors(others)].sort().join(TIMES);
      product.set(symbols, (product.get(symbols) ?? 0) + m * n);
    }
  }
  return dimOf(product);
}

/** a ÷ b where that leaves nothing whatever symbols stand for; else null. */
export function quotient(a: Dim, b: Dim): Dim | null {
  const [divisor, ...more] = termsOf(b);
  if (divisor === undefined || more.length > 0) return null;
  const parts = new Map<string, number>();
  for (const [symbols, count] of termsOf(a)) {
    const left = factors(symbols);
    for (const factor of factors(divisor[0])) {
      const at = left.indexOf(factor);
      if (at < 0) return null;
      left.splice(at, 1);
    }
    if (count % divisor[1] !== 0) return null;
    parts.set(left.join(TIMES), count / divisor[1]);
  }
  return dimOf(parts);
}

const factors = (symbols: string): string[] => (symbols === "" ? [] : symbols.split(TIMES));

/** Whatever symbols stand for. */
export function isPositive(dim: Dim): boolean {
  if (typeof dim === "number") return dim > 0;
  return isNotNegative(dim) && [...termsOf(dim).keys()].some((symbols) => factors(symbols).every((one) => one.startsWith("p")));
}

export function isNotNegative(dim: Dim): boolean {
  if (typeof dim === "number") return dim >= 0;
  return [...termsOf(dim)].every(([symbols, count]) => count > 0 && factors(symbols).every((one) => /^[pn]/.test(one)));
}

/** Sizes of what is made of two tensors number by number; null where they are not to be told. */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): readonly Dim[] | null {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [one, other] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    const both = broadcastAxis(one, other);
    if (both === null) return null;
    out.push(both);
  }
  return out;
}

function broadcastAxis(a: Dim, b: Dim): Dim | null {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  // A size that is not known must be 1 or the other one.
  if (typeof a === "number") return typeof b === "number" ? null : a;
  return typeof b === "number" ? b : null;
}
