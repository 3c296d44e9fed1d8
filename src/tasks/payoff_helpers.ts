import type { PayoffContext } from "../payoffs/payoff.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import type { Spec } from "../spec/schema.js";
import { conversationText } from "./conversation_text.js";
import { openCrossEncoder, openEncoder, openJudge } from "./open_encoder.js";

export interface PayoffHelpers extends Pick<PayoffContext, "loadEncoder" | "loadCrossEncoder" | "loadJudge" | "conversation"> {
  /** The model that was loaded, by the name that the payoff gives it; null where none was. */
  readonly identity: () => ModelIdentity | null;
}

export interface HelperOptions {
  /** Name of a repository → a name that means the same everywhere. */
  readonly locate: (repo: string) => string | Promise<string>;
  readonly resources: Resources;
  readonly closeLater: (close: () => Promise<void>) => void;
}

interface Opened {
  readonly identity: ModelIdentity;
  dispose(): Promise<void>;
}

/** Loads the models that payoffs call on. */
export function payoffHelpers(spec: Spec, { locate, resources, closeLater }: HelperOptions): PayoffHelpers {
  let loaded: ModelIdentity | null = null;
  const keep = <Helper extends Opened>(helper: Helper, repo: string): Helper => {
    closeLater(() => helper.dispose());
    loaded = { ...helper.identity, repo };
    return helper;
  };
  return {
    identity: () => loaded,
    loadEncoder: async (repo) => keep(await openEncoder(spec, await locate(repo), resources), repo).embed,
    loadCrossEncoder: async (repo) => keep(await openCrossEncoder(spec, await locate(repo), resources), repo).entail,
    loadJudge: async (repo, dtype, settings) => keep(await openJudge(spec, await locate(repo), dtype, settings, resources), repo),
    conversation: () => conversationText(spec),
  };
}
