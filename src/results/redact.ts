import { textOptions } from "../payoffs/registry.js";
import { type Result, ResultSchema } from "./result_schema.js";

/** Keys of `explain` that hold texts of the conversation. */
const TEXTS = new Set(["groups", "target"]);

/** Strings of a spec's messages and groups that are structure, not text. */
const KEPT = new Set(["role", "type", "path"]);

/**
 * The result without any text of the conversation: every such string becomes "", lists keep their lengths, numbers stay.
 * Keys that this version does not know are dropped: they might hold texts.
 */
export function redact(result: Result): Result {
  const known: Result = ResultSchema.parse(result);
  return {
    ...known,
    spec: { ...known.spec, resolved: redactSpec(known.spec.resolved) },
    model: withoutOrigin(known.model),
    response: {
      ...known.response,
      text: "",
      tokens: known.response.tokens.map(() => ""),
      audio: known.response.audio === null ? null : { ...known.response.audio, content: null, format: null },
    },
    payoff: redactPayoff(known.payoff),
    players: known.players.map((player) => ({ ...player, text: "", ...(player.speaker === undefined ? {} : { speaker: "" }) })),
    conversation: known.conversation.map((turn) =>
      turn.map((entry) => ({
        ...entry,
        content: entry.content.map(() => ""),
        ...(entry.segments === undefined ? {} : { segments: entry.segments.map((segment) => ({ ...segment, text: "" })) }),
      })),
    ),
    ...(known.outputs === undefined
      ? {}
      : { outputs: { steps: known.outputs.steps.map(blankText), words: known.outputs.words.map(blankText) } }),
    ...(known.warnings === undefined ? {} : { warnings: known.warnings.map(() => "") }),
  };
}

function redactPayoff({ target, contrast, ...numbers }: Result["payoff"]): Result["payoff"] {
  return {
    ...numbers,
    ...(target === undefined ? {} : { target: blankText(target) }),
    ...(contrast === undefined ? {} : { contrast: { ...contrast, foil: "" } }),
  };
}

const blankText = <Row extends { readonly text: string }>(row: Row): Row => ({ ...row, text: "" });

/** Whose server it is tells of whose conversation. */
function withoutOrigin(model: Result["model"]): Result["model"] {
  return model.server === undefined ? model : { ...model, server: { ...model.server, origin: "" } };
}

function redactSpec(spec: Result["spec"]["resolved"]): Result["spec"]["resolved"] {
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => {
      if (["messages", "prompt", "answer"].includes(key)) return [key, blank(value)];
      if (key === "model") return [key, redactModel(value)];
      if (key !== "explain" || typeof value !== "object" || value === null) return [key, value];
      return [
        key,
        Object.fromEntries(
          Object.entries(value).map(([name, item]) => [
            name,
            TEXTS.has(name) ? blank(item) : name === "payoff" ? withoutTexts(item) : item,
          ]),
        ),
      ];
    }),
  );
}

function withoutTexts(payoff: unknown): unknown {
  if (typeof payoff !== "object" || payoff === null) return payoff;
  const texts = textOptions(payoff as Readonly<Record<string, unknown>>);
  return Object.fromEntries(Object.entries(payoff).map(([key, value]) => [key, texts.includes(key) ? blankAll(value) : value]));
}

/** Variables of a template may be texts of the conversation, such as documents. */
function redactModel(model: unknown): unknown {
  if (typeof model !== "object" || model === null || !("template_kwargs" in model)) return model;
  return { ...model, template_kwargs: blankAll(model.template_kwargs) };
}

function blankAll(value: unknown): unknown {
  if (typeof value === "string") return "";
  if (Array.isArray(value)) return value.map(blankAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, blankAll(item)]));
}

function blank(value: unknown, key = ""): unknown {
  if (typeof value === "string") return KEPT.has(key) ? value : "";
  if (Array.isArray(value)) return value.map((item) => blank(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, blank(item, name)]));
}
