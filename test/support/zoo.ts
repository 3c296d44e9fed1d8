import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { temporaryFolder } from "./decoder_files.js";

/** Tiny models of real architectures, exported by the real exporters, with what transformers, torch and onnxruntime say of them. */
const ZOO = fileURLToPath(new URL("../../fixtures/zoo/", import.meta.url));

export interface ChatTruth {
  readonly name: string;
  readonly messages: readonly { readonly role: "system" | "user" | "assistant"; readonly content: string }[];
  readonly rendered: string;
  /** Of the rendering, by transformers. */
  readonly ids: readonly number[];
  /** Of the next token. */
  readonly logits: readonly number[];
  /** At most 16 tokens. */
  readonly greedy: readonly number[];
  /** By how much the chosen logits lead the next best at the least. */
  readonly lead: number;
  readonly answer: string;
  readonly answerIds: readonly number[];
  /** Log-probability of each token of the answer. */
  readonly scores: readonly number[];
}

export interface GameTruth {
  readonly name: string;
  readonly messages: ChatTruth["messages"];
  readonly answer: string;
  readonly words: readonly string[];
  /** Shapley values of all subsets, in double precision. */
  readonly values: readonly number[];
  readonly full: number;
  readonly empty: number;
}

export interface Cell {
  readonly family: string;
  readonly name: string;
  /** `model.dtype` that the cell is asked for with; null = none. */
  readonly dtype: string | null;
  /** Weights are torch's own. */
  readonly exact: boolean;
  readonly chats: readonly ChatTruth[];
  readonly games: readonly GameTruth[];
  /** A base model: explained as plain text. */
  readonly base: boolean;
  /** Absolute path of a folder with all that a user would have. */
  folder(): string;
}

interface CellFile {
  readonly files: string;
  readonly dtype: string | null;
  readonly exact: boolean;
  readonly truth?: { readonly chats: readonly Partial<ChatTruth>[]; readonly games: readonly Partial<GameTruth>[] };
}

/** The cells of some exporters, family by family. */
export function zooCells(names: readonly string[]): readonly Cell[] {
  return readdirSync(ZOO).flatMap((family) =>
    names.filter((name) => existsSync(join(ZOO, family, name))).map((name) => cellOf(family, name)),
  );
}

function cellOf(family: string, name: string): Cell {
  const { files, dtype, exact, truth } = readJson<CellFile>(family, name, "cell.json");
  const torch = readJson<{ readonly chats: readonly ChatTruth[]; readonly games: readonly GameTruth[] }>(family, "truth.json");
  return {
    family,
    name,
    dtype,
    exact,
    // What depends on the weights is the cell's own; rendering and ids are the family's.
    chats: torch.chats.map((chat, i) => ({ ...chat, ...truth?.chats[i] })),
    games: torch.games.map((game, i) => ({ ...game, ...truth?.games[i] })),
    base: !existsSync(join(ZOO, family, "transformers4/chat_template.jinja")),
    folder() {
      const folder = temporaryFolder();
      cpSync(join(ZOO, family, files), folder, { recursive: true });
      cpSync(join(ZOO, family, name), folder, { recursive: true });
      unpack(folder);
      return folder;
    },
  };
}

function unpack(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".gz")) continue;
    const file = join(folder, name);
    writeFileSync(file.slice(0, -".gz".length), gunzipSync(readFileSync(file)));
    rmSync(file);
  }
}

function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(ZOO, ...path), "utf8")) as T;
}
