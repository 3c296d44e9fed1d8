/**
 * Where a model is, read once from what a person, a spec or a program calls it. `name` is the name that means the same everywhere: it is
 * what results record, and what `parseRef` reads.
 */
export type RepoRef =
  /** Comes with the package. */
  | { readonly kind: "embedded"; readonly name: string; readonly model: string }
  /** `name` is the absolute path. */
  | { readonly kind: "folder"; readonly name: string }
  /** `inside`: a folder in the repository, `/` behind each of its steps; "" for the repository itself. */
  | { readonly kind: "hub"; readonly name: string; readonly repo: string; readonly inside: string }
  /** Behind a server: `name` is what the server calls it, after `server:` where a file might be meant. */
  | { readonly kind: "served"; readonly name: string };

const EMBEDDED = "embedded:";
const SERVED = "server:";
/** `owner/name`, or a folder inside: `owner/name/cpu_and_mobile/int4`. */
const HUB_ID = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}(?:\/[\w-][\w.-]{0,95}){0,8}$/;
const ABSOLUTE = /^(?:[\\/]|[A-Za-z]:[\\/])/;
/** `.`, `..`, and what begins with a step to them. */
const RELATIVE = /^\.{1,2}(?:$|[\\/])/;

/** Reads a name in which a folder is absolute; null where it is none. Nothing is looked up: what it names may not be there. */
export function parseRef(name: string): RepoRef | null {
  if (name.startsWith(EMBEDDED)) return { kind: "embedded", name, model: name.slice(EMBEDDED.length) };
  if (ABSOLUTE.test(name)) return { kind: "folder", name };
  if (!HUB_ID.test(name)) return null;
  const [owner, own, ...inside] = name.split("/");
  return { kind: "hub", name, repo: `${owner}/${own}`, inside: inside.map((step) => `${step}/`).join("") };
}

/** What a server calls the model of a name such as `server:nomic-embed`; null for any other name. */
export function servedName(name: string): string | null {
  return name.startsWith(SERVED) && name.length > SERVED.length ? name.slice(SERVED.length) : null;
}

/** A folder that was looked for: its absolute path, or what is wrong with it. */
export type FolderFound = { readonly path: string } | { readonly problem: string; readonly missing: boolean };

/**
 * What a name means where a person wrote it: `embedded:NAME`; a path, which is absolute or begins with `./` or `../`; a folder that is
 * there; else a hub id. The same in specs, in flags and on the command line, which differ in where paths start and how far they may go.
 * @param look finds a folder by its path as it is written. @param place where it looks, in words.
 */
export async function readRef(
  name: string,
  look: (path: string) => Promise<FolderFound>,
  place: string,
): Promise<RepoRef | { readonly problem: string }> {
  const ref = parseRef(name);
  if (ref?.kind === "embedded") return ref;
  const found = await look(name);
  if ("path" in found) return { kind: "folder", name: found.path };
  if (ref?.kind === "folder" || RELATIVE.test(name) || !found.missing) return { problem: found.problem };
  return ref ?? { problem: `is neither embedded:NAME, nor a folder ${place}, nor a hub id such as owner/name` };
}
