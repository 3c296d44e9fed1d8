import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import { openModel } from "../connectors/registry.js";
import type { LoadOptions, Model } from "../connectors/types.js";
import { partedAtOneToken } from "../decoding/choices.js";
import { ConnectorError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { ModelIdentity } from "../repos/resources.js";
import { append, sum } from "../util/arrays.js";
import { float64At, itemAt } from "../util/elements.js";
import { reasonOf } from "../util/errors.js";
import { sha256 } from "../util/sha256.js";
import type { GradeAnswers, Graded, JudgeSettings } from "./types.js";

/** A language model that grades answers, loaded. */
export interface Judge {
  /** @param ask what the model is asked about an answer. */
  grading(ask: (answer: string) => string): GradeAnswers;
  readonly identity: ModelIdentity;
  dispose(): Promise<void>;
}

/** Chats that are built and graded at a time: bounds what one call holds, and lets an interruption in. */
const CHUNK = 64;
/** Positions that a grade takes behind its question, those of a template's own included. */
const ROOM = 4;

/**
 * Loads a model of any connector that can say how probable a grade is as its answer.
 * @throws SpecError where it may not be reached as asked, ConnectorError where it cannot be loaded, scores no answers, or makes several tokens of a grade.
 */
export async function loadJudge(connector: string, options: LoadOptions, { prompt, least, most }: JudgeSettings): Promise<Judge> {
  const model = await openModel(connector, { ...options, hears: false });
  try {
    if (model.scoreChoices === undefined && !model.can.score)
      throw new ConnectorError(`the model ${options.config.repoId} cannot score a given answer, which a judge must`);
    const grades = Array.from({ length: most - least + 1 }, (_, i) => least + i);
    await requireOneToken(model, grades, options.config.repoId);
    return {
      grading: (ask) => gradingBy(model, grades, ask, options),
      identity: { ...model.identity, sha256: { ...model.identity.sha256, [PROMPT]: sha256(prompt) } },
      dispose: () => model.dispose(),
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** Beside the digests of the model's files, as it determines the grades like these. */
const PROMPT = "prompt of the judge";

async function requireOneToken(model: Model, grades: readonly number[], repo: string): Promise<void> {
  const named = grades.map(String);
  const chat = await chatOf(model, named.join(" "));
  try {
    partedAtOneToken(
      named.map((grade) => model.encodeResponse(grade, chat).generatedTextTokens),
      named,
    );
  } catch (error) {
    throw new ConnectorError(`the judge ${repo} cannot grade from ${named[0]} to ${named.at(-1)}: ${reasonOf(error)}`, { cause: error });
  }
}

async function chatOf(model: Model, text: string): Promise<Chat> {
  return await model.buildChat([{ role: "user", content: [{ kind: "text", text }] }]);
}

function gradingBy(model: Model, grades: readonly number[], ask: (answer: string) => string, options: LoadOptions): GradeAnswers {
  const build = fitting(model, ask, options);
  let prefix: Promise<number> | null = null;
  return async (answers, run) => {
    const graded: Graded[] = [];
    prefix ??= sharedBy(model, ask);
    for (let from = 0; from < answers.length; from += CHUNK) {
      run.signal?.throwIfAborted();
      const chats: Chat[] = [];
      for (const answer of answers.slice(from, from + CHUNK)) chats.push(await build(answer));
      append(graded, await gradesOf(model, grades, chats, { ...run, sharedPrefix: await prefix }));
    }
    return graded;
  };
}

/** Tokens that all questions begin with, whatever the answer: found once, so that a grade does not depend on what is graded beside it. */
async function sharedBy(model: Model, ask: (answer: string) => string): Promise<number> {
  const [one, other] = [await chatOf(model, ask("0")), await chatOf(model, ask("a"))];
  const parts = one.tokenTexts.findIndex((text, i) => other.tokenTexts[i] !== text);
  return Math.max(0, parts);
}

/** The chat about an answer, of which the end is cut where the model has no room for the whole. */
function fitting(model: Model, ask: (answer: string) => string, { onEvent, config }: LoadOptions): (answer: string) => Promise<Chat> {
  let warned = false;
  const over = (chat: Chat): boolean => {
    const use = model.contextUse?.(chat) ?? null;
    return use !== null && use.used + ROOM > use.window;
  };
  return async (answer) => {
    const whole = await chatOf(model, ask(answer));
    if (!over(whole)) return whole;
    const characters = [...answer];
    let [fits, tooLong] = [0, characters.length];
    while (tooLong - fits > 1) {
      const half = Math.floor((fits + tooLong) / 2);
      if (over(await chatOf(model, ask(characters.slice(0, half).join(""))))) tooLong = half;
      else fits = half;
    }
    if (!warned) {
      const message = `the judge ${config.repoId} has no room for the longest answers in its context window: it sees the first ${fits} characters of one`;
      onEvent?.({ kind: "warning", message });
    }
    warned = true;
    return await chatOf(model, ask(characters.slice(0, fits).join("")));
  };
}

async function gradesOf(
  model: Model,
  grades: readonly number[],
  chats: readonly Chat[],
  run: RunOptions & { readonly sharedPrefix: number },
): Promise<readonly Graded[]> {
  const answers = grades.map((grade) => model.encodeResponse(String(grade), chats[0]));
  const laws = await lawsOf(model, answers, chats, { ...run, branch: 0 });
  return laws.map((law) => expected(law, grades));
}

/** Log-probability of each grade behind each chat. */
async function lawsOf(
  model: Model,
  answers: readonly ModelResponse[],
  chats: readonly Chat[],
  options: RunOptions & { readonly sharedPrefix: number; readonly branch: number },
): Promise<readonly Float64Array[]> {
  if (model.scoreChoices !== undefined) return await model.scoreChoices(chats, answers, options);
  const scores: (readonly Float64Array[])[] = [];
  for (const answer of answers) scores.push(await model.score(chats, answer, options));
  return chats.map((_, i) => Float64Array.from(scores, (ofGrade) => sum(itemAt(ofGrade, i))));
}

/** Σ g·p(g) / Σ p(g) over the grades: their expected value where the model says one of them. */
function expected(law: Float64Array, grades: readonly number[]): Graded {
  const highest = law.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(highest)) throw new ConnectorError("the judge gives no grade any probability");
  const weights = law.map((logProbability) => Math.exp(logProbability - highest));
  const total = sum(weights);
  return {
    grade: sum(grades.map((grade, i) => (grade * float64At(weights, i)) / total)),
    probability: Math.exp(highest) * total,
  };
}
