import type { TurnMarkers } from "../../chat/chat_builder.js";
import { Role } from "../../chat/enums.js";
import { ConnectorError } from "../../errors.js";
import type { ChatTemplate } from "../../text/load_tokenizer.js";
import { type PartedMessage, type TemplateLayout, type TurnLayout, templateLayout } from "../../text/template_layout.js";
import type { Tokenizer } from "../../text/tokenizer.js";

/** Turn markers of a template, found by rendering probes, each once. */
export interface TemplateMarkers {
  /** @throws ConnectorError where the template has no such turn, or only one that cannot stand by itself. */
  of(role: Role): TurnMarkers;
  /** What the template asks for an answer with. @throws ConnectorError as above. */
  answerOpening(): string;
}

const PROBES: Readonly<Record<Role, { readonly talk: readonly PartedMessage[]; readonly turn: number }>> = {
  [Role.SYSTEM]: { talk: [message("system"), message("user")], turn: 0 },
  [Role.USER]: { talk: [message("user"), message("assistant"), message("user")], turn: 2 },
  [Role.ASSISTANT]: { talk: [message("user"), message("assistant"), message("user")], turn: 1 },
};

export function templateMarkers(template: ChatTemplate, tokenizer: Tokenizer): TemplateMarkers {
  const known = new Map<Role, TurnMarkers>();
  let opening: string | undefined;
  return {
    answerOpening() {
      opening ??= layoutOf(template, tokenizer, Role.USER).generationPrompt;
      return opening;
    },
    of(role) {
      const markers = known.get(role) ?? probe(template, tokenizer, role);
      known.set(role, markers);
      return markers;
    },
  };
}

/** Text of the start-of-text token, "" where there is none. */
export function bosText(tokenizer: Tokenizer): string {
  return tokenizer.bosId === null ? "" : (tokenizer.tokenTexts([tokenizer.bosId])[0] ?? "");
}

/** Text of the end-of-text token, "" where there is none. */
export function eosText(tokenizer: Tokenizer): string {
  return tokenizer.eosId === null ? "" : (tokenizer.tokenTexts([tokenizer.eosId])[0] ?? "");
}

/** `preamble` with the start of text in front, where the tokeniser wants one and the template has none: it is there exactly once. */
export function withBos(preamble: string, tokenizer: Tokenizer): string {
  const bos = bosText(tokenizer);
  return tokenizer.addsBos && !preamble.startsWith(bos) ? bos + preamble : preamble;
}

function probe(template: ChatTemplate, tokenizer: Tokenizer, role: Role): TurnMarkers {
  const { talk, turn } = PROBES[role];
  const { preamble, turns } = layoutOf(template, tokenizer, role);
  const layout = turns[turn] as TurnLayout;
  const first = talk[0]?.role === talk[turn]?.role ? turns[0] : undefined;
  return { preamble: withBos(preamble, tokenizer), open: layout.open, openFirst: (first ?? layout).open, close: layout.close };
}

/** The probe of a role, whose turn stands by itself in it. */
function layoutOf(template: ChatTemplate, tokenizer: Tokenizer, role: Role): TemplateLayout {
  const { talk, turn } = PROBES[role];
  const layout = templateLayout(template, talk, bosText(tokenizer), eosText(tokenizer));
  if (layout.turns[turn]?.separable === true) return layout;
  throw new ConnectorError(
    `the model's chat template does not write a ${Role[role].toLowerCase()} turn by itself: build the whole chat at once`,
  );
}

function message(role: PartedMessage["role"]): PartedMessage {
  return { role, parts: ["probe"] };
}
