import type { ChatEntry } from "../../src/chat/chat_entry.js";
import { ModalityFlag, Role } from "../../src/chat/enums.js";
import type { TimeSpan } from "../../src/chat/types.js";
import type { Player } from "../../src/players/types.js";
import { buildResult, type Explained } from "../../src/results/build_result.js";
import type { BuiltChat } from "../../src/results/conversation_block.js";
import type { Result } from "../../src/results/result_schema.js";
import { SpecSchema } from "../../src/spec/schema.js";

/** One token: its text, and the value of its player (undefined = none). Equal `group`s are one player. */
export interface SampleToken {
  readonly text: string;
  readonly value?: number;
  readonly group?: string;
  readonly time?: readonly [number, number];
}

export interface SampleTurn {
  readonly role: "system" | "user" | "assistant";
  readonly entries: readonly { readonly audio?: boolean; readonly tokens: readonly SampleToken[] }[];
}

export interface Sample {
  readonly turns: readonly SampleTurn[];
  readonly answer?: string;
  readonly errors?: boolean;
  readonly parts?: Partial<Explained>;
}

const HASH = "0123456789abcdef".repeat(4);
const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

export function word(text: string, value?: number, group?: string): SampleToken {
  return { text, ...(value === undefined ? {} : { value }), ...(group === undefined ? {} : { group }) };
}

/** Words of a sentence as tokens with a leading blank, the way byte-level tokenisers cut them. */
export function words(pairs: readonly (readonly [string, number?])[]): readonly SampleToken[] {
  return pairs.map(([text, value], i) => word(i === 0 ? text : ` ${text}`, value));
}

export function sampleParts(sample: Sample): Explained {
  const tokens = sample.turns.flatMap((turn) => turn.entries.flatMap((entry) => entry.tokens.map((token) => ({ token, turn, entry }))));
  const turnOf = new Map(sample.turns.map((turn, i) => [turn, i + 1] as const));
  const players: Player[] = [];
  const values: number[] = [];
  const groups = new Map<string, number>();
  tokens.forEach(({ token, turn }, index) => {
    if (token.value === undefined) return;
    const known = token.group === undefined ? undefined : groups.get(token.group);
    if (known !== undefined) {
      const old = players[known] as Player;
      players[known] = { ...old, tokens: [...old.tokens, index], endS: token.time?.[1] ?? old.endS };
      return;
    }
    if (token.group !== undefined) groups.set(token.group, players.length);
    values.push(token.value);
    players.push({
      index: players.length,
      kind: token.group !== undefined ? "group" : token.time === undefined ? "word" : "segment",
      text: token.group ?? token.text.trim(),
      turn: turnOf.get(turn) ?? 0,
      tokens: [index],
      startS: token.time?.[0] ?? null,
      endS: token.time?.[1] ?? null,
      confidence: token.time === undefined ? null : 0.9,
    });
  });
  const sum = values.reduce((total, value) => total + value, 0);
  const phi = Float64Array.from(values);
  return {
    toolVersion: "1.2.3",
    request: {
      source: { path: "chats/demo.yaml", sha256: HASH },
      spec: SpecSchema.parse({
        model: { connector: "transformers-text", repo: "embedded:nano" },
        messages: sample.turns.map((turn) => ({
          role: turn.role,
          content: turn.entries.map((entry) => ({ type: "text", text: entry.tokens.map((token) => token.text).join("") || "-" })),
        })),
      }),
    },
    inputs: [],
    model: {
      connector: "transformers-text",
      repo: "embedded:nano",
      resolvedRevision: null,
      dtype: "fp32",
      sha256: { "tokenizer.json": HASH, "onnx/model.onnx": HASH },
      provider: "cpu",
    },
    encoder: null,
    aligner: null,
    runtime: { node: "20.20.0", onnxruntime: "1.30.0" },
    target: {
      text: sample.answer ?? "turning on the kitchen light",
      finishReason: "stop",
      generatedModalityFlag: [ModalityFlag.TEXT, ModalityFlag.TEXT],
      generatedAudioTokens: { frames: 0, codebooks: 8, codes: new Int32Array(0) },
    },
    targetTokens: ["turning", " on"],
    span: null,
    contrast: null,
    plan: { definition: { name: "exact" }, budget: 1024 },
    payoff: "likelihood",
    outcome: {
      estimate: {
        values: phi,
        stdErrors: phi.map((value) => (sample.errors ? Math.abs(value) / 10 : 0)),
        intervals: values.map((value) => (sample.errors ? [value - 0.2, value + 0.2] : [value, value])),
        uncertainty: { method: sample.errors ? "t over antithetic pairs" : "full enumeration", confidence: 0.95, reason: null },
        biased: false,
      },
      spent: { distinct: 512 },
      stoppedBy: "enumeration",
      trace: null,
      played: { full: -0.0021, empty: -0.0021 - sum },
    },
    stats: { distinctInputs: 490, fittedOn: null },
    normalized: phi.map((value) => value / 2),
    players,
    interactions: null,
    outputs: null,
    chat: sampleChat(sample.turns),
    warnings: [],
    run: { seconds: 1.5, model_calls: 4, memo_hits: 0, tokens: 900, passes: 4, plan: "batches of 128" },
    ...sample.parts,
  };
}

export function sampleResult(sample: Sample): Result {
  return buildResult(sampleParts(sample));
}

export function sampleChat(turns: readonly SampleTurn[]): BuiltChat {
  const all = turns.flatMap((turn) => turn.entries.flatMap((entry) => entry.tokens));
  const conversation = turns.map((turn) =>
    turn.entries.map(
      (entry): ChatEntry => ({
        contentType: entry.audio ? ModalityFlag.AUDIO : ModalityFlag.TEXT,
        roles: entry.tokens.map((token) => (token.text.startsWith("<|") ? Role.SYSTEM : ROLES[turn.role])),
        content: entry.tokens.map((token, i) => (entry.audio ? Uint8Array.of(82, 73, i) : token.text)),
        shapValues: null,
      }),
    ),
  );
  return {
    inputTokensNum: all.length,
    tokenTexts: turns.flatMap((turn) => turn.entries.flatMap((entry) => entry.tokens.map((token) => (entry.audio ? "" : token.text)))),
    tokenTimes: all.map((token): TimeSpan | null => (token.time === undefined ? null : { startS: token.time[0], endS: token.time[1] })),
    getConversation: () => conversation,
  };
}

const marker = (role: string): SampleToken => word(`<|im_start|>${role}\n`);
const end: SampleToken = word("<|im_end|>\n");

export const SAMPLES = {
  text: {
    turns: [
      { role: "system", entries: [{ tokens: [word("Answer"), word(" briefly.")] }] },
      {
        role: "user",
        entries: [
          {
            tokens: [
              marker("user"),
              ...words([
                ["could", 0.004],
                ["you", -0.11],
                ["please", 0],
                ["turn", 0.62],
                ["on", 4.12],
                ["the", -1.35],
                ["kitchen", 3.4],
                ["light", 2.9],
              ]),
              end,
            ],
          },
        ],
      },
    ],
  },
  turns: {
    errors: true,
    answer: "turning on the kitchen lamp\nanything else?",
    turns: [
      { role: "user", entries: [{ tokens: [marker("user"), ...words([["turn", 0.1], ["on", 0.5], ["the"], ["light", -0.7]]), end] }] },
      {
        role: "assistant",
        entries: [
          {
            tokens: [
              marker("assistant"),
              ...words([
                ["turning", 0.01],
                ["on", 0.21],
              ]),
              end,
            ],
          },
        ],
      },
      {
        role: "user",
        entries: [
          {
            tokens: [
              marker("user"),
              ...words([
                ["and", 0.05],
                ["the", 0.15],
                ["lamp", 1.9],
                ["too", -0.15],
              ]),
              end,
            ],
          },
        ],
      },
    ],
  },
  audio: {
    answer: "you want the kitchen light on",
    turns: [
      {
        role: "user",
        entries: [
          {
            tokens: [
              marker("user"),
              ...words([
                ["What", 0.3],
                ["is", 0.1],
                ["asked?", 0.2],
              ]),
            ],
          },
          {
            audio: true,
            tokens: [
              { text: "", value: 0.12, time: [0, 0.25] },
              { text: "", value: 1.31, time: [0.25, 0.5] },
              { text: "", value: -0.4, time: [0.5, 0.75] },
            ],
          },
          { tokens: [end] },
        ],
      },
    ],
  },
  hostile: {
    answer: "naïve \u001b[31mred\u001b[0m, “quotes” \u202eevil",
    turns: [
      {
        role: "user",
        entries: [
          {
            tokens: [
              word('say "hi", please\n', 0.5),
              word("=1+2", -0.25),
              word(" 厨房の灯り", 0.75),
              word(" 👩‍👩‍👧", 0.1),
              word("", 0.1, "family"),
              word("é", 0.125, "family"),
              word("\u001b]0;owned\u0007", 0.3),
              word(" مطبخ", 0.2),
              word("\r\n@cmd", 0.05),
              word(" \t ", 0.01),
            ],
          },
        ],
      },
    ],
  },
  group: {
    turns: [
      {
        role: "user",
        entries: [{ tokens: [word("turn", 0.2), word(" on", 2, "on…light"), word(" the", 0.1), word(" light", 2, "on…light"), word(".")] }],
      },
    ],
  },
} as const satisfies Record<string, Sample>;

export type SampleName = keyof typeof SAMPLES;
export const SAMPLE_NAMES = Object.keys(SAMPLES) as SampleName[];
