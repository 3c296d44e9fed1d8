import { join, resolve } from "node:path";
import { openModel } from "../../src/connectors/registry.js";
import { requestOf } from "../../src/spec/load.js";
import { explain } from "../../src/tasks/explain.js";
import { inspect } from "../../src/tasks/inspect.js";
import { MODELS } from "../shared/root.js";
import type { ThreadsOption } from "../shared/threads.js";
import { randomChatModel } from "./chat_model.js";
import { profiled } from "./profile.js";
import { timed } from "./timed.js";

/*
 * Whole explanations, as the command line makes them: how long one takes beside what `inspect` predicts, and how much of it is
 * spent outside of the runtime's calls; of that, what a processor profile of another run lays on JavaScript functions.
 */

const NANO = resolve("fixtures/models/nano/text");
const WORDS = "hello please could you turn on the kitchen light right now thanks".split(" ");

interface Case {
  readonly name: string;
  readonly repo: string;
  readonly players: number;
}

export async function run({ threads, quick }: ThreadsOption & { readonly quick: boolean }): Promise<void> {
  console.log("| explanation | payoff | seconds | predicted ÷ taken | outside of the runtime | JavaScript |\n|---|---|---|---|---|---|");
  for (const one of quick ? [{ name: "nano, exact, 4 words", repo: NANO, players: 4 }] : cases()) {
    for (const payoff of ["likelihood", "tfidf"] as const) {
      const { seconds, inside, predicted, javascript } = await measure(one, payoff, threads);
      const [outside, ours] = [1 - inside / seconds, javascript].map((share) => `${Math.round(100 * share)} %`);
      const cells = [one.name, payoff, seconds.toFixed(2), (predicted / seconds).toFixed(2), outside, ours];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}

function cases(): readonly Case[] {
  return [
    { name: "nano, exact, 12 words", repo: NANO, players: 12 },
    { name: "28 M random weights, exact, 9 words", repo: randomChatModel(join(MODELS, "28m-chat"), NANO), players: 9 },
  ];
}

interface Measured {
  readonly seconds: number;
  /** Seconds in native calls. */
  readonly inside: number;
  readonly predicted: number;
  /** Share of JavaScript functions. */
  readonly javascript: number;
}

async function measure({ repo, players }: Case, payoff: "likelihood" | "tfidf", threads: number): Promise<Measured> {
  const request = await requestOf(
    {
      model: { connector: "transformers-text", repo },
      messages: [{ role: "user", content: WORDS.slice(0, players).join(" ") }],
      generation: { max_new_tokens: 24 },
      explain: { players: "word", payoff, sampler: "exact" },
      run: { threads, cache: false },
    },
    "/",
  );
  const model = await openModel("transformers-text", { config: { repoId: repo }, device: "cpu", threads });
  // What comes first in a process is slow; neither the prediction nor the run is to be that.
  await inspect(request, { model });
  const predicted = (await inspect(request, { model })).cost?.seconds ?? Number.NaN;
  const spent = await timed(() => explain(request, { model }));
  const javascript = await profiled(() => explain(request, { model }));
  await model.dispose();
  return { ...spent, predicted, javascript };
}
