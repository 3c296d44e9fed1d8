import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const THINGS = ["kitchen light", "lamp", "radio", "heater", "fan"];

/** A short conversation for the embedded model; `position` makes it one of a kind. */
export function conversation(position: number, extra: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: `c${position}`,
    model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
    messages: [{ role: "user", content: `turn ${position % 2 === 0 ? "on" : "off"} the ${THINGS[position % THINGS.length]} ${position}` }],
    explain: { players: "word" },
    ...extra,
  };
}

/** 4,096 coalitions in small batches: seconds of work. */
export function longConversation(position: number): Readonly<Record<string, unknown>> {
  return conversation(position, {
    messages: [{ role: "user", content: `could you please turn on the small lamp in my bedroom ${position}` }],
    explain: { players: "word", sampler: "exact", budget: 4_096 },
    run: { batch_size: 4, threads: 1 },
  });
}

export function jsonLines(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}

export const manifestOf = (count: number): string => jsonLines(Array.from({ length: count }, (_, i) => conversation(i)));

/** Records of a file of lines; none where it is not there. */
export function recordsOf(path: string): readonly Readonly<Record<string, unknown>>[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** Ids with a result in a batch's folder, one for each time that it stands there. */
export function idsIn(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.startsWith("results-"));
  return files.flatMap((name) => recordsOf(join(folder, name)).map(({ id }) => String(id))).sort();
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 60_000): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
