import { SpecError } from "../../errors.js";
import { repoIdentity } from "../../onnx/identity.js";
import { configFiles } from "../../repos/model_files.js";
import { type LocalRepo, resolveRepo } from "../../repos/repo.js";
import type { ModelIdentity } from "../../repos/resources.js";
import { type LoadedTokenizer, loadTokenizer } from "../../text/load_tokenizer.js";
import { templateFile } from "../causal_text/template_file.js";
import { type BaseMllmModel, checkLoadOptions } from "../model.js";
import type { LoadOptions } from "../types.js";
import { type Connection, connect, serverIdentity, tellNoise } from "./connection.js";
import { ServedTextModel } from "./ids_model.js";
import { compareTokens, probeIds } from "./probe.js";

/**
 * Opens a model behind the server that the user names: by token ids where `model.tokenizer` says how to make them, else by messages.
 * @throws SpecError where no server is named or may be asked, or it has no such model; UnavailableError where it is gone; ConnectorError
 * where it answers what it was not asked.
 */
export async function loadServed(options: LoadOptions): Promise<BaseMllmModel> {
  checkLoadOptions(options);
  const { tokenizer = null } = options;
  if (tokenizer === null) {
    const { loadByMessages } = await import("./load_messages.js");
    return await loadByMessages(options);
  }
  const repo = await resolveRepo({ ...options, config: { repoId: tokenizer }, variant: "text", choose: configFiles });
  const loaded = await loadTokenizer(repo.folder, options);
  if (options.contact === false) {
    const identity = await identityOf(options, repo, null);
    return new ServedTextModel(options, { loaded, identity, connection: null, protocol: null, scores: true });
  }
  const connection = await connect(options);
  try {
    return await byIds(options, repo, loaded, connection);
  } catch (error) {
    await connection.calls.close();
    throw error;
  }
}

async function byIds(options: LoadOptions, repo: LocalRepo, loaded: LoadedTokenizer, connection: Connection): Promise<ServedTextModel> {
  const { kind, served } = connection;
  const { ids: protocol } = kind;
  if (protocol === null)
    throw new SpecError(`${kind.title} takes no token ids, which model.tokenizer is for: leave it out, and it is sent messages`);
  const { onEvent, signal } = options;
  await compareTokens(served, protocol, loaded, onEvent, signal);
  const probe = await probeIds(served, protocol, loaded, onEvent, signal);
  tellNoise(connection, probe, onEvent);
  const identity = { ...(await identityOf(options, repo, connection)), server: serverIdentity(connection, "ids", probe) };
  return new ServedTextModel(options, { loaded, identity, connection, protocol, scores: probe !== null });
}

async function identityOf(options: LoadOptions, tokenizer: LocalRepo, connection: Connection | null): Promise<ModelIdentity> {
  const dtype = connection?.facts.dtype ?? "unknown";
  const parts = {
    connector: "openai-compatible",
    dtype,
    provider: "server",
    graphs: [],
    named: templateFile(options),
    hashes: options.hashes,
  };
  const own = await repoIdentity(tokenizer, parts);
  return { ...own, repo: options.config.repoId, resolvedRevision: null, sha256: { ...own.sha256, ...connection?.facts.sha256 } };
}
