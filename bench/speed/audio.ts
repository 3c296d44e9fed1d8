import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ModelResponse } from "../../src/chat/model_response.js";
import type { Chat } from "../../src/chat/types.js";
import { LiquidAudio } from "../../src/connectors/speech/families/lfm2/model.js";
import { coalitionAt } from "../shared/coalition_at.js";

/** One spoken question cut into equal stretches, every subset of which is asked about. */
export interface AudioRow {
  readonly payoff: "generated" | "likelihood";
  readonly plan: string;
  readonly coalitions: number;
  readonly msPerCoalition: number;
  readonly timesPlain: number;
  readonly identical: string;
}

export interface AudioTask {
  readonly clip: string;
  readonly players: number;
  /** Coalitions that are asked one at a time. */
  readonly sample: number;
  /** 0 = as any run chooses. */
  readonly threads: number;
}

const FOLDER = resolve("fixtures/models/nano/audio");

/** transformers.js does not know this kind of model: what is compared with is one chat at a time, from its first token on. */
export async function measureAudio({ clip, players, sample: size, threads }: AudioTask): Promise<readonly AudioRow[]> {
  const load = (plain: boolean): Promise<LiquidAudio> =>
    LiquidAudio.load({ config: { repoId: FOLDER }, device: "cpu", threads, ...(plain ? { batchSize: 1, speculation: false } : {}) });
  const [fast, plain] = [await load(false), await load(true)];
  const [many, few] = [await maskedChats(fast, clip, players), await maskedChats(plain, clip, players)];
  const sample = [...many.keys()].filter((i) => i % Math.ceil(many.length / size) === 0);
  const options = { maxNewTokens: 24 };
  const full = await fast.generate(many.at(-1) as Chat, options);

  const answers = await timed(many.length, () => fast.generateBatch(many, options));
  const scores = await timed(many.length, () => fast.score(many, full));
  const asked = sample.map((i) => few[i] as Chat);
  const plainAnswers = await timed(sample.length, async () => {
    const one: ModelResponse[] = [];
    for (const chat of asked) one.push(await plain.generate(chat, options));
    return one;
  });
  const plainScores = await timed(sample.length, () => plain.score(asked, full));
  const same = sample.filter((i, at) => answers.value[i]?.text === plainAnswers.value[at]?.text).length;
  const close = sample.filter((i, at) => farthest(scores.value[i], plainScores.value[at]) < 1e-3).length;
  const row = (payoff: AudioRow["payoff"], ms: number, plainMs: number, identical: number): AudioRow => ({
    payoff,
    plan: fast.usage.plan,
    coalitions: many.length,
    msPerCoalition: ms,
    timesPlain: plainMs / ms,
    identical: `${identical}/${sample.length}`,
  });
  await Promise.all([fast.dispose(), plain.dispose()]);
  return [row("generated", answers.ms, plainAnswers.ms, same), row("likelihood", scores.ms, plainScores.ms, close)];
}

async function maskedChats(model: LiquidAudio, clip: string, players: number): Promise<readonly Chat[]> {
  const bytes = readFileSync(clip);
  const chat = await model.buildChat([{ role: "user", content: [{ kind: "audio", bytes, format: "wav", transcript: null }] }]);
  const heard = [...chat.tokensModalityFlag.keys()].filter((i) => chat.shapValuesMask[i] === 1);
  const groups = new Int32Array(chat.inputTokensNum);
  heard.forEach((token, at) => {
    groups[token] = 1 + Math.floor((at * players) / heard.length);
  });
  chat.externalGroupIds = groups;
  return Array.from({ length: 2 ** players }, (_, m) => chat.withPlayers(coalitionAt(m, players)));
}

async function timed<T>(count: number, work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: (performance.now() - started) / count, value };
}

function farthest(a: Float64Array | undefined, b: Float64Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return Infinity;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}
