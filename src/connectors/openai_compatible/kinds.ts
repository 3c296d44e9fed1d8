import { registryOf, rowNamed, rowsOf } from "../../util/registry.js";
import { llamacpp } from "./kinds/llamacpp.js";
import { lmstudio } from "./kinds/lmstudio.js";
import { ollama } from "./kinds/ollama.js";
import { openai } from "./kinds/openai.js";
import { other } from "./kinds/other.js";
import { sglang } from "./kinds/sglang.js";
import { vllm } from "./kinds/vllm.js";
import type { ServerKind } from "./server_kind.js";

/** Every kind of server: what is entered here is a value of `--server-kind`, and is found out from the server's list of models. */
export const SERVER_KINDS = registryOf(
  vllm, //
  sglang,
  llamacpp,
  ollama,
  lmstudio,
  openai,
  other,
);

export const serverKinds: readonly ServerKind[] = rowsOf<ServerKind>(SERVER_KINDS);

export function serverKindNamed(name: string): ServerKind | undefined {
  return rowNamed<ServerKind>(SERVER_KINDS, name);
}

/** The kind that says such a thing of its models. */
export function serverKindOwning(ownedBy: string): ServerKind {
  return serverKinds.find((kind) => kind.ownedBy.includes(ownedBy)) ?? other;
}
