import type { Aligner } from "../chat/audio_segment.js";
import type { ChatMessage } from "../chat/types.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import type { ExplainRequest } from "../spec/request.js";

/** What finds the words of clips that come with a transcript. */
export interface OpenedAligner extends Aligner {
  /** Null until something was aligned. */
  identity(): Promise<ModelIdentity | null>;
  dispose(): Promise<void>;
}

/** Null where no message has a transcript. Most runs need none, so the runtime is loaded with it. */
export async function openAligner(
  { paths }: ExplainRequest,
  messages: readonly ChatMessage[],
  resources: Resources,
): Promise<OpenedAligner | null> {
  const spoken = messages.flatMap(({ content }) => content).some((part) => part.kind === "audio" && part.transcript !== null);
  if (!spoken) return null;
  const { SpectrogramGuidedAligner } = await import("../alignment/aligner.js");
  const aligner = new SpectrogramGuidedAligner({ ...resources, modelName: paths.aligner });
  let used = false;
  return {
    align(audio, transcript, format) {
      used = true;
      return aligner.align(audio, transcript, format, { signal: resources.signal, onEvent: resources.onEvent });
    },
    attachAudioToSegments: (segments, source) => aligner.attachAudioToSegments(segments, source),
    identity: async () => (used ? (await aligner.load()).identity : null),
    dispose: () => aligner.dispose(),
  };
}
