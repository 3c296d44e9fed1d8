import { describe, expect, test } from "vitest";
import { refusal, VALID } from "./helpers.js";

const explain = (line: string) => `${VALID}explain:\n  ${line}`;
const user = (content: string) =>
  `model: {connector: transformers-text, repo: embedded:nano}\nmessages:\n  - role: user\n    content: ${content}\n`;

/** [what is wrong, spec, the whole message] */
const CASES: readonly (readonly [string, string, string])[] = [
  ["misspelt key", explain("sampelr: exact"), 'conv.yaml:5:3: unknown key "sampelr" in explain: did you mean "sampler"?'],
  ["key of another section", `${VALID}sampler: exact`, 'conv.yaml:4:1: unknown key "sampler": it belongs to "explain"'],
  ["foreign key", explain("x: 1"), /^conv\.yaml:5:3: unknown key "x" in explain: valid: sampler, budget, /.source],
  [
    "misspelt messages",
    VALID.replace("messages", "mesages"),
    'conv.yaml:2:1: unknown key "mesages": did you mean "messages"? (and 1 more problem)',
  ],
  [
    "key __proto__",
    `${VALID}__proto__: {x: 1}`,
    'conv.yaml:4:1: unknown key "__proto__": valid: version, model, generation, messages, prompt, answer, explain, run',
  ],
  [
    "missing key",
    "messages:\n  - {role: user, content: hi}\nmodel:\n  connector: transformers-text",
    'conv.yaml:4:3: missing key "repo" in model',
  ],
  ["missing section", "model: {connector: transformers-text, repo: embedded:nano}", 'conv.yaml:1:1: missing key "messages"'],
  ["missing content", VALID.replace(", content: hi", ""), 'conv.yaml:3:5: missing key "content" in messages.0'],
  [
    "misspelt sampler",
    explain("sampler: exakt"),
    /^conv\.yaml:5:12: explain\.sampler must be one of auto, exact, .*got "exakt", did you mean "exact"\?\)$/.source,
  ],
  [
    "unknown connector",
    VALID.replace("transformers-text", "gpt"),
    /^conv\.yaml:1:20: model\.connector must be .*transformers-text.*\(got "gpt"\)$/.source,
  ],
  ["wrong version", `version: 2\n${VALID}`, "conv.yaml:1:10: version must be 1 (got 2)"],
  [
    "budget 0",
    explain("budget: 0"),
    "conv.yaml:5:11: explain.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n (got 0)",
  ],
  [
    "budget −1",
    explain("budget: -1"),
    "conv.yaml:5:11: explain.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n (got -1)",
  ],
  [
    "budget 1.5",
    explain("budget: 1.5"),
    "conv.yaml:5:11: explain.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n (got 1.5)",
  ],
  [
    "budget as text",
    explain('budget: "12"'),
    'conv.yaml:5:11: explain.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n (got "12")',
  ],
  ["NaN", explain("tolerance: .nan"), "conv.yaml:5:14: explain.tolerance must be a finite number or a text (got NaN)"],
  ["infinity", explain("confidence: .inf"), "conv.yaml:5:15: explain.confidence must be a finite number (got Infinity)"],
  ["confidence 1", explain("confidence: 1"), "conv.yaml:5:15: explain.confidence must be less than 1 (got 1)"],
  ["tolerance in words", explain("tolerance: small"), /explain\.tolerance must be null, a positive number .* \(got "small"\)$/.source],
  ["tolerance 0%", explain("tolerance: 0%"), "conv.yaml:5:14: explain.tolerance must be more than 0%"],
  [
    "unknown payoff",
    explain("payoff: foo"),
    'conv.yaml:5:11: explain.payoff must be one of likelihood, contrast, divergence, tfidf, embedding, exact-match, wer, cer, nli, bertscore, judge (got "foo")',
  ],
  [
    "unknown payoff kind",
    explain("payoff: {kind: foo}"),
    'conv.yaml:5:18: explain.payoff.kind must be one of likelihood, contrast, divergence, tfidf, embedding, exact-match, wer, cer, nli, bertscore, judge (got "foo")',
  ],
  [
    "payoff by command",
    explain("payoff: {kind: command, argv: [rm]}"),
    /explain\.payoff\.kind must be one of likelihood, contrast, divergence, tfidf, embedding, exact-match, wer, cer, nli, bertscore, judge \(got "command"\)/
      .source,
  ],
  ["payoff without kind", explain("payoff: {reducer: max}"), 'conv.yaml:5:11: missing key "kind" in explain.payoff'],
  [
    "bogus players",
    explain("players: bogus"),
    'conv.yaml:5:12: explain.players must be one of token, word, sentence, line, code-line, paragraph, json-field, turn, segment (got "bogus")',
  ],
  [
    "misspelt option of a group",
    explain("groups: [{name: a, phrase: b, occurence: 2}]"),
    'conv.yaml:5:33: unknown key "occurence" in explain.groups.0: did you mean "occurrence"?',
  ],
  [
    "reversed range",
    explain("groups: [{name: a, tokens: [[3, 2]]}]"),
    "conv.yaml:5:31: explain.groups.0.tokens.0 must be [start, end) with start < end",
  ],
  [
    "memory in unknown units",
    `${VALID}run: {memory: 4 apples}`,
    'conv.yaml:4:15: run.memory must be bytes, or a size such as 512MiB or 4GiB (got "4 apples")',
  ],
  [
    "no messages",
    "model: {connector: transformers-text, repo: embedded:nano}\nmessages: []",
    "conv.yaml:2:11: messages must not be empty: the conversation needs at least one user message",
  ],
  [
    "only a system message",
    VALID.replace("user", "system"),
    "conv.yaml:3:3: messages holds no user message: the model has nothing to answer",
  ],
  [
    "late system message",
    `${VALID}  - {role: system, content: x}`,
    "conv.yaml:4:12: messages.1.role must not be system here: a system message can only come first",
  ],
  ["unknown role", VALID.replace("user", "bot"), 'conv.yaml:3:12: messages.0.role must be one of system, user, assistant (got "bot")'],
  ["empty text", user('""'), "conv.yaml:4:14: messages.0.content must not be empty"],
  [
    "empty system text",
    VALID.replace("messages:\n", 'messages:\n  - {role: system, content: ""}\n'),
    "conv.yaml:3:29: messages.0.content must not be empty",
  ],
  ["no parts", user("[]"), "conv.yaml:4:14: messages.0.content must not be empty"],
  ["empty text part", user('[{type: text, text: ""}]'), "conv.yaml:4:34: messages.0.content.0.text must not be empty"],
  ["image part", user("[{type: image, url: x}]"), 'conv.yaml:4:22: messages.0.content.0.type must be one of text, audio (got "image")'],
  [
    "half a surrogate pair",
    user('"\\ud800"'),
    "conv.yaml:4:14: messages.0.content contains half of a surrogate pair, which is no character",
  ],
  ["number as content", user("5"), "conv.yaml:4:14: messages.0.content must be a text or a list (got 5)"],
  [
    "audio of the assistant",
    `${VALID}  - {role: assistant, content: [{type: audio, path: a.wav}]}`,
    /messages\.1\.content\.0 must not be audio: audio belongs to user messages/.source,
  ],
  [
    "word players of audio without a transcript",
    `${user("[{type: audio, path: a.wav}]")}explain: {players: {audio: word}}\n`,
    "conv.yaml:4:15: messages.0.content.0 has no transcript, which word players of audio take: give it one, or use players.audio: segment",
  ],
  ["a list of something else", "- 1", 'conv.yaml:1:1: missing key "model" (and 1 more problem)'],
  ["a list of messages alone", '[{"role": "user", "content": "hi"}]', 'conv.yaml:1:1: missing key "model"'],
  ["a text", "hello", 'conv.yaml:1:1: the spec must be a mapping (got "hello")'],
  ["duplicate key", "model: {}\nmodel: {}", "conv.yaml:2:1: this key stands twice"],
  [
    "second document",
    `${VALID}---\n${VALID}`,
    "conv.yaml:4:1: a second document begins here; here one file holds one spec (explain and check take a file of several, mllm-shap batch many)",
  ],
  ["tab", "model:\n\tconnector: x", "conv.yaml:2:1: tabs cannot indent YAML; use spaces"],
  ["unclosed quote", 'a: "b', /^conv\.yaml:1:\d+: not valid YAML: Missing closing "quote/.source],
  ["tag", "a: !!js/function b", "conv.yaml:1:4: tags (!…) have no meaning here"],
  ["alias of nothing", "a: *b", "conv.yaml:1:4: this alias (*…) stands for nothing before it"],
  ["empty file", "", "conv.yaml: is empty; a spec needs at least model and messages"],
  ["only a comment", "# hello\n", "conv.yaml: is empty; a spec needs at least model and messages"],
];

describe("what is wrong is said in one line, with its place", () => {
  test.each(CASES)("%s", async (_, text, message) => {
    const said = await refusal(text);
    expect(said).not.toContain("\n");
    if (/^\^|\\/.test(message)) expect(said).toMatch(new RegExp(message));
    else expect(said).toBe(message);
  });
});
