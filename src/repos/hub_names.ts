import type { ListFileEntry } from "@huggingface/hub";
import { ConnectorError } from "../errors.js";

/** A file as a hub lists it, its names and sizes checked: they become file names here, and a hub may be a mirror that means no good. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** File name of its content, a hash of it. */
  readonly blob: string;
  /** What its content must hash to: LFS objects by SHA-256, plain files as git does. */
  readonly digest: { readonly algorithm: "sha256" | "git-sha1"; readonly hex: string };
}

const SHA1 = /^[0-9a-f]{40}$/;
const SHA256 = /^(?:sha256:)?([0-9a-f]{64})$/;
/** Of one path. */
const LONGEST = 1_024;

/** @throws ConnectorError where a name or size is none. */
export function checkedFile({ path, size, oid, lfs }: ListFileEntry): HubFile {
  if (!isInnerPath(path)) throw odd("a path that leads elsewhere", path);
  const bytes = lfs?.size ?? size;
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw odd(`a size that is none for ${path}`, bytes);
  if (lfs !== undefined) {
    const hex = SHA256.exec(lfs.oid)?.[1];
    if (hex === undefined) throw odd(`a SHA-256 that is none for ${path}`, lfs.oid);
    return { path, size: bytes, blob: hex, digest: { algorithm: "sha256", hex } };
  }
  if (typeof oid !== "string" || !SHA1.test(oid)) throw odd(`a git hash that is none for ${path}`, oid);
  return { path, size: bytes, blob: oid, digest: { algorithm: "git-sha1", hex: oid } };
}

/** Relative, of plain names, `/`-separated. */
export function isInnerPath(path: unknown): path is string {
  if (typeof path !== "string" || path.length > LONGEST || /[\\\0:]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function odd(what: string, value: unknown): ConnectorError {
  return new ConnectorError(`the hub sends ${what}: ${JSON.stringify(value)?.slice(0, 100)}; nothing of it is kept`);
}
