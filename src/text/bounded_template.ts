import { type Environment, Interpreter, type Template } from "@huggingface/jinja";
import { LimitError, limited } from "./limited.js";

type Program = Template["parsed"];

/** The library's declarations do not resolve here: what of it is used. */
interface Runs {
  evaluate(statement: unknown, environment: Environment): { readonly value: unknown };
  run(program: Program): { readonly value: unknown };
}
const LibraryInterpreter = Interpreter as new (environment: Environment) => Runs;

/** Items of a list. */
const LONGEST_LIST = 1_000_000;
/** Characters and items of all that a rendering comes by on its way: what it takes of memory. */
const MOST_MADE = 128 * 2 ** 20;
/** What a step counts, as if it were so many characters: some millions of steps are a second or two. */
const STEP = 32;
/** Characters that a template may write of its own; those in use write some thousands, and a few times what they are given. */
export const OWN_TEXT = 2 ** 20;
const TIMES_GIVEN = 8;

const WHAT = "the model's chat template";

/** A template is a program: this interpreter gives up one that makes too much. What it makes is at most doubled from one step to the next. */
class BoundedInterpreter extends LibraryInterpreter {
  private made = 0;

  constructor(
    environment: Environment,
    private readonly longest: number,
  ) {
    super(environment);
  }

  override evaluate(statement: unknown, environment: Environment): { readonly value: unknown } {
    const result = super.evaluate(statement, environment);
    const { value } = result;
    if (typeof value === "string") {
      this.made += value.length;
      if (value.length > this.longest) throw new LimitError(`${WHAT} writes more than ${this.longest} characters and was stopped`);
    } else if (Array.isArray(value)) {
      this.made += value.length;
      if (value.length > LONGEST_LIST) throw new LimitError(`${WHAT} makes a list of more than ${LONGEST_LIST} items and was stopped`);
    }
    this.made += STEP;
    if (this.made > MOST_MADE) throw new LimitError(`${WHAT} takes more steps than any conversation needs and was stopped`);
    return result;
  }
}

/**
 * Runs a template.
 * @param given characters of all that it is given.
 * @throws LimitError where it takes too long or makes too much.
 */
export function runBounded(program: Program, environment: Environment, given: number): string {
  const longest = OWN_TEXT + TIMES_GIVEN * given;
  return limited(WHAT, () => String(new BoundedInterpreter(environment, longest).run(program).value));
}

/** As Python's, of as many numbers as a list may have items. */
export function range(start: number, stop?: number, step = 1): readonly number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0) throw new Error("range() must not stand still");
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > LONGEST_LIST) throw new LimitError(`${WHAT} makes a list of more than ${LONGEST_LIST} items and was stopped`);
  return Array.from({ length }, (_, i) => from + i * step);
}
