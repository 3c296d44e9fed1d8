// Specs: valid ones, changed in their structure, written as JSON or YAML in all its ways, and changed as text.
import { stringify } from "yaml";
import { mutateBytes } from "./bytes.mjs";
import { mutateJson } from "./json.mjs";

const model = { connector: "transformers-text", repo: "embedded:nano" };
const user = (content) => ({ role: "user", content });
/** Exported for the test that all of them are sound. */
export const BASES = [
  { model, messages: [user("turn on the light")], explain: { players: "word" } },
  {
    version: 1,
    model: { ...model, dtype: "auto", device: "cpu" },
    messages: [{ role: "system", content: "be kind" }, user("turn off the lamp"), { role: "assistant", content: "turning off" }],
    explain: { players: "word", sampler: "exact" },
  },
  { model, messages: [user("a b c d e")], explain: { players: "token", sampler: "permutation", budget: 40, seed: 3, confidence: 0.9 } },
  {
    model,
    messages: [
      user([
        { type: "text", text: "turn on" },
        { type: "text", text: "the light" },
      ]),
    ],
    explain: { sampler: "leverage", budget: 30, payoff: { kind: "tfidf" } },
  },
  {
    model,
    messages: [user("turn on the light please")],
    explain: { players: "sentence", groups: [{ name: "polite", phrase: "please" }], interactions: true },
  },
  { model, prompt: "turn on the", answer: " light", explain: { players: "word", normalizer: "abs-sum" } },
  {
    model: { connector: "liquid-audio", repo: "embedded:nano" },
    messages: [user([{ type: "audio", path: "say.wav", transcript: "turn on the light" }])],
    generation: { max_new_tokens: 8, history: "text_audio" },
    explain: { players: { text: "word", audio: "word" }, budget: 20, sampler: "permutation", audio_masking: "silence" },
    run: { threads: 1, batch_size: 4, cache: false, memory: "1GiB" },
  },
];
const YAML_TRICKS = [
  (text) => text.replace("model:", "model: &m"),
  (text) => `${text}\nextra: *nothing\n`,
  (text) => `base: &b {role: user}\n${text.replace(/- role: user/, "- <<: *b")}`,
  (text) =>
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefg"[i]}`)}]`).join("\n")}\n${text}`,
  (text) => `&a [*a, *a]\n${text}`,
  (text) => `%YAML 1.1\n---\n${text}`,
  (text) => `${text}\n---\n${text}`,
  (text) => text.replace(/: /g, ": !!str "),
  (text) => text.replace(/: /, ": !<tag:x,2000:js/function> "),
  (text) => `\ufeff${text}`,
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll("  ", "\t"),
  (text) => `${"- ".repeat(3_000)}x\n${text}`,
  (text) => `? ${text}`,
  (text) => `${text}\n# ${"comment ".repeat(3_000)}`,
  (text) => text.replace("content: ", "content: |+9\n"),
];
const COMMANDS = [
  ["explain"],
  ["explain"],
  ["inspect"],
  ["explain", "--format", "text"],
  ["explain", "--format", "csv", "--redact"],
  ["explain", "--format", "html"],
];

export function specCase(rng, { audio }) {
  const data = rng.chance(0.8) ? mutateJson(rng.pick(BASES), rng) : rng.pick(BASES);
  let text = rng.chance(0.4) ? JSON.stringify(data) : yamlOf(data);
  if (rng.chance(0.2)) text = rng.pick(YAML_TRICKS)(text);
  const bytes = rng.chance(0.1) ? mutateBytes(Buffer.from(text), rng) : Buffer.from(text);
  const [command, ...flags] = rng.pick(COMMANDS);
  return { files: { "spec.yaml": bytes, "say.wav": audio("speech.wav") }, args: [command, "spec.yaml", ...flags] };
}

function yamlOf(data) {
  try {
    return stringify(data);
  } catch {
    return JSON.stringify(data);
  }
}
