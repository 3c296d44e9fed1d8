/** A thing that may be added, known by its name. */
export interface Named {
  readonly name: string;
}

/** Things of one kind by name, in the order in which they are listed to people. */
export type Registry<Row extends Named> = { readonly [Each in Row as Each["name"]]: Each };

/**
 * The only list of a kind of thing: schema, help and types are made from it.
 * @throws Error where a name stands twice.
 */
export function registryOf<Rows extends readonly Named[]>(...rows: Rows): Registry<Rows[number]> {
  const names = rows.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`"${twice}" stands twice in a registry`);
  return Object.fromEntries(rows.map((row) => [row.name, row])) as Registry<Rows[number]>;
}

/** The rows of a registry, in its order. */
export function rowsOf<Row extends Named>(registry: Readonly<Record<string, Row>>): readonly Row[] {
  return Object.values(registry);
}

/** The row of that name; undefined where there is none, such as for "constructor". */
export function rowNamed<Row extends Named>(registry: Readonly<Record<string, Row>>, name: string): Row | undefined {
  return Object.hasOwn(registry, name) ? registry[name] : undefined;
}
