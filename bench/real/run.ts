import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inRepository } from "../shared/root.js";
import { requireSame } from "./agree.js";
import { type Contest, speechContest, textContest } from "./contests.js";
import type { RealOptions } from "./options.js";
import { type Measured, rewritePage, tableOf } from "./report.js";
import { type SpeechModel, speechWorks } from "./speech_works.js";
import type { Found } from "./ways.js";
import { type Work, works } from "./works.js";

/*
 * Whole processes from their start to their last value, one way after the other, several times over: what a user waits for. All ways use the
 * same weights, prompts and length of answer, and must give the same answers and the same values.
 */

const NANO = fileURLToPath(inRepository("fixtures/models/nano/text"));
const NANO_SPEECH: SpeechModel = {
  name: "embedded model",
  folder: fileURLToPath(inRepository("fixtures/models/nano/audio")),
  dtype: "auto",
};

export async function run({ quick, ...options }: RealOptions & { readonly quick: boolean }): Promise<void> {
  const measured: Measured[] = [];
  for (const [work, contestOf] of contestsOf(options, quick).filter(([{ name }]) => name.endsWith(options.only))) {
    const scratch = mkdtempSync(join(tmpdir(), "mllm-shap-real-"));
    try {
      measured.push(measure(work, await contestOf(scratch), quick ? 1 : options.rounds));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const table = tableOf(measured);
  console.log(table);
  if (options.page !== undefined) rewritePage(options.page, table);
}

/** Every work, with what opens its contest. */
function contestsOf(options: RealOptions, quick: boolean): readonly (readonly [work: Work, open: (scratch: string) => Promise<Contest>])[] {
  const model = resolve(options.folder ?? NANO);
  const { speech, dtype } = options;
  const given = speech === undefined ? [] : [{ name: basename(resolve(speech)), folder: resolve(speech), dtype }];
  const spoken = [NANO_SPEECH, ...given].flatMap((one) => speechWorks(one, quick));
  return [
    ...works(model, quick).map((work) => [work, (scratch: string) => textContest(work, model, scratch, options)] as const),
    ...spoken.map((work) => [work, (scratch: string) => speechContest(work, scratch)] as const),
  ];
}

function measure(work: Work, { coalitions, ways, limit }: Contest, rounds: number): Measured {
  const times = ways.map(({ name }) => ({ name, seconds: [] as number[] }));
  const found: Found[] = [];
  const limits: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const started = performance.now();
      found[i] = way.run();
      times[i]?.seconds.push((performance.now() - started) / 1000);
    }
    requireSame(work, found);
    if (limit !== undefined) limits.push(limit(found));
  }
  for (const { name, seconds } of times) console.error(`${work.name}, ${name}: ${seconds.map((s) => s.toFixed(1)).join(", ")} s`);
  return { work: work.name, coalitions, ways: times, limit: limits.length === 0 ? null : Math.min(...limits) };
}
