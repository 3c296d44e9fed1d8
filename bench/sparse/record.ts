import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { coalitionKeyer } from "../../src/game/coalitions.js";
import type { Coalition, Game } from "../../src/game/types.js";
import { inRepository } from "../shared/root.js";

/** A game of which some coalitions were played with the model: what is not among them nobody knows, unless the model is there. */
export interface RecordedGame extends Game {
  readonly players: number;
  /** Tokens of the answer, of whose log-probability a payoff is the mean. */
  readonly steps: number;
  /** How many are known now. */
  readonly coalitions: number;
}

/** A coalition that was never played. */
export class NotRecorded extends Error {
  override readonly name = "NotRecorded";
}

/** Asked of the model what nobody has asked yet. */
export type Ask = (coalitions: readonly Coalition[]) => Promise<Float64Array>;

/** The file, as JSON. */
interface Recording {
  readonly about: string;
  readonly players: readonly string[];
  readonly answer: string;
  readonly steps: number;
  /** base64 of bits: ∅ and N first */
  readonly coalitions: string;
  /** base64 of float32, little-endian */
  readonly payoffs: string;
}

export const EASTMERE = inRepository("fixtures/games/sparse/eastmere.json");
const ABOUT =
  "coalitions, packed by bits (bit i of a coalition's bytes = player i is in), and their payoffs, the mean log-probability of the answer's tokens, float32, little-endian; both in base64";
type Described = Pick<Recording, "players" | "answer" | "steps">;

interface Source {
  readonly ask: Ask;
  /** Where answers are written down. */
  readonly file: URL;
}

/** Coalitions that the model is asked at a time: what is answered is written down before the next. */
const AT_A_TIME = 8;

export function readRecord(file: URL = EASTMERE): RecordedGame {
  const recording = JSON.parse(readFileSync(file, "utf8")) as Recording;
  return gameOf(recording, null);
}

/** What the model says goes into the file. @param described who plays for which answer. */
export function growRecord(described: Described, ask: Ask, file: URL = EASTMERE): RecordedGame {
  const recording = { about: ABOUT, coalitions: "", payoffs: "", ...known(described, file), ...described };
  return gameOf(recording, { ask, file });
}

/** The file where it is of the same game. @throws where it is of another one. */
function known({ players, answer }: Described, file: URL): Recording | null {
  if (!existsSync(file)) return null;
  const recording = JSON.parse(readFileSync(file, "utf8")) as Recording;
  if (recording.answer !== answer || recording.players.join("\n") !== players.join("\n"))
    throw new Error(`${file.pathname} is of other sentences or another answer: delete it to record anew`);
  return recording;
}

function gameOf(recording: Recording, source: Source | null): RecordedGame {
  const n = recording.players.length;
  const keyOf = coalitionKeyer(n);
  const payoffs = new Map<string, number>();
  const bytes = Math.ceil(n / 8);
  const keys = Buffer.from(recording.coalitions, "base64").toString("latin1");
  const numbers = Buffer.from(recording.payoffs, "base64");
  for (let at = 0; at * bytes < keys.length; at++) payoffs.set(keys.slice(at * bytes, (at + 1) * bytes), numbers.readFloatLE(4 * at));
  return {
    players: n,
    steps: recording.steps,
    get coalitions() {
      return payoffs.size;
    },
    async evaluate(coalitions) {
      if (source !== null) await learn(coalitions, payoffs, keyOf, source, recording);
      return Float64Array.from(coalitions, (coalition) => {
        const payoff = payoffs.get(keyOf(coalition));
        if (payoff === undefined) throw new NotRecorded("the record lacks a coalition: --record FOLDER asks the model for what it lacks");
        return payoff;
      });
    },
  };
}

async function learn(
  coalitions: readonly Coalition[],
  payoffs: Map<string, number>,
  keyOf: (coalition: Coalition) => string,
  { ask, file }: Source,
  recording: Recording,
): Promise<void> {
  const lacking = [...new Map(coalitions.map((coalition) => [keyOf(coalition), coalition])).values()].filter(
    (coalition) => !payoffs.has(keyOf(coalition)),
  );
  for (let from = 0; from < lacking.length; from += AT_A_TIME) {
    const some = lacking.slice(from, from + AT_A_TIME);
    const answers = await ask(some);
    for (const [at, coalition] of some.entries()) payoffs.set(keyOf(coalition), Math.fround(answers[at] as number));
    write(file, recording, payoffs);
    process.stderr.write(`${payoffs.size} coalitions recorded\n`);
  }
}

function write(file: URL, recording: Recording, payoffs: ReadonlyMap<string, number>): void {
  const coalitions = Buffer.from([...payoffs.keys()].join(""), "latin1").toString("base64");
  const numbers = Buffer.from(Float32Array.from(payoffs.values()).buffer).toString("base64");
  writeFileSync(file, `${JSON.stringify({ ...recording, coalitions, payoffs: numbers })}\n`);
}
