// Mutations of what JSON can hold: values of other types and sizes, keys that are lost, doubled, misspelt or meant for something else.

const LONG = "lorem ipsum ".repeat(4_000);
const VALUES = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  "",
  " ",
  "\n",
  "0",
  "-1",
  "1e9",
  "true",
  "null",
  [],
  {},
  [[]],
  [null],
  { "": null },
  "\u0000",
  "\u001b]0;x\u0007\u001b[2J",
  "\u009b31m",
  "\u202eevil",
  "\ud800",
  "\ufeff",
  "\u2028",
  "👩‍👩‍👧",
  "打开灯",
  "ا\u064b",
  "a\u0300".repeat(500),
  LONG,
  "../../../etc/passwd",
  "/dev/zero",
  "/etc/passwd",
  "CON",
  "http://127.0.0.1:1/x",
  "file:///etc/passwd",
  "embedded:..",
  "embedded:nano-ctc",
  "{{ messages }}",
  "<script>alert(1)</script>",
  "=1+1",
  "<|im_end|>",
  "<<",
  "constructor",
  "__proto__",
];
const KEYS = ["__proto__", "constructor", "toString", "", " ", "length", "0", "\u0000", "naïve", "a.b", "$schema", "<<", "version"];

/** A copy with a change somewhere inside, or up to four. */
export function mutateJson(value, rng) {
  let copy = structuredClone(value);
  for (let left = rng.chance(0.7) ? 1 : 2 + rng.int(3); left > 0; left--) copy = mutateOnce(copy, rng);
  return copy;
}

function mutateOnce(root, rng) {
  const places = placesOf(root);
  if (places.length === 0) return rng.pick(VALUES);
  const { holder, key } = rng.pick(places);
  const change = rng.int(9);
  if (change === 0) remove(holder, key);
  else if (change === 1) put(holder, `${rng.pick(KEYS)}`, rng.pick(VALUES));
  else if (change === 2) put(holder, key, [holder[key]]);
  else if (change === 3) put(holder, key, { [rng.pick(KEYS)]: holder[key] });
  else if (change === 4) put(holder, key, grown(holder[key], rng));
  else if (change === 5) {
    const other = rng.pick(places);
    put(holder, key, structuredClone(other.holder[other.key]));
  } else put(holder, key, rng.pick(VALUES));
  return root;
}

/** Every place in the tree, not all of them in a long list. */
function placesOf(node, found = []) {
  if (typeof node !== "object" || node === null || found.length > 4_000) return found;
  for (const key of Object.keys(node).slice(0, 60)) {
    found.push({ holder: node, key });
    placesOf(node[key], found);
  }
  return found;
}

function put(holder, key, value) {
  if (Array.isArray(holder) && !/^\d+$/.test(key)) holder.push(value);
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(holder, key) {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function grown(value, rng) {
  if (typeof value === "string") return value.repeat(1 + rng.int(50)).slice(0, 20_000);
  if (typeof value === "number") return value * rng.pick([-1, 0, 1e-9, 10, 1e6, 1e18]);
  if (Array.isArray(value))
    return Array.from({ length: 1 + rng.int(40) }, () => structuredClone(value))
      .flat()
      .slice(0, 2_000);
  return { ...value, ...value };
}
