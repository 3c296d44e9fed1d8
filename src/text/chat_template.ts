import { Environment, Template } from "@huggingface/jinja";
import { ConnectorError } from "../errors.js";
import { reasonOf } from "../util/errors.js";
import { range, runBounded } from "./bounded_template.js";
import { LimitError, limited } from "./limited.js";
import { parseDate, strftime } from "./strftime.js";

/** One message as chat templates see it. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A model's chat template. */
export interface ChatTemplate {
  /**
   * @param generationPrompt end with the opening of the assistant's answer.
   * @throws ConnectorError with the template's own message where it refuses the messages.
   */
  render(messages: readonly TemplateMessage[], generationPrompt: boolean): string;
}

/** Variables of a template, besides the messages: any JSON. */
export type TemplateVariables = Readonly<Record<string, unknown>>;

/** Templates that print today's date get this one, so that equal runs feed equal tokens. It is the date that Llama's template falls back on. */
export const FIXED_DATE = "26 Jul 2024";

type Program = Template["parsed"];
type Form = "text" | "parts";
type Forms = Readonly<Record<TemplateMessage["role"], Form>>;

/** What a message's content may be: plain texts first, which every older template wants. */
const FORMS: readonly Forms[] = [
  { system: "text", user: "text", assistant: "text" },
  { system: "parts", user: "parts", assistant: "parts" },
  { system: "text", user: "parts", assistant: "parts" },
  { system: "text", user: "parts", assistant: "text" },
  { system: "parts", user: "parts", assistant: "text" },
  { system: "parts", user: "text", assistant: "text" },
  { system: "text", user: "text", assistant: "parts" },
  { system: "parts", user: "text", assistant: "parts" },
];

/**
 * A Jinja template with its variables, read when it is first used: a model with a template that nobody understands still continues texts. Contents are handed over as texts; where the template refuses these or leaves them out, as
 * templates for images and sound do, as lists of one part `{type: "text", text}`: which, is tried once for every order of roles.
 * @param variables special tokens and whatever else is defined; `date_string` is what `strftime_now` goes by, too.
 */
export function compileTemplate(source: string, variables: TemplateVariables): ChatTemplate {
  let program: Program | null = null;
  const own = JSON.stringify(variables).length;
  const render = (messages: readonly TemplateMessage[], forms: Forms, generationPrompt: boolean): string => {
    program ??= parse(source);
    const given = messages.reduce((sum, { content }) => sum + content.length, own);
    return run(program, given, {
      ...{ tools: null, documents: null, date_string: FIXED_DATE },
      ...variables,
      messages: messages.map(({ role, content }) => ({
        role,
        content: forms[role] === "text" ? content : [{ type: "text", text: content }],
      })),
      add_generation_prompt: generationPrompt,
    });
  };
  const known = new Map<string, Forms>();
  const formsFor = (messages: readonly TemplateMessage[]): Forms => {
    const key = messages.map(({ role }) => role).join();
    const forms = known.get(key) ?? FORMS.find((candidate) => showsAll(messages, (probes) => render(probes, candidate, false)));
    const settled = forms ?? (FORMS[0] as Forms);
    known.set(key, settled);
    return settled;
  };
  return { render: (messages, generationPrompt) => render(messages, formsFor(messages), generationPrompt) };
}

/** Whether messages of these roles come through. */
function showsAll(messages: readonly TemplateMessage[], render: (probes: readonly TemplateMessage[]) => string): boolean {
  const probes = messages.map(({ role }, i) => ({ role, content: `Probe${i}end` }));
  try {
    const rendering = render(probes);
    // A list that is printed as a list holds them, too.
    return probes.every(({ content }) => rendering.includes(content)) && !/["']text["']\s*:\s*["']Probe\d+end/.test(rendering);
  } catch (error) {
    if (error instanceof ConnectorError && !(error instanceof LimitError)) return false;
    throw error;
  }
}

function parse(source: string): Program {
  try {
    return limited("the model's chat template, as it is read,", () => new Template(source).parsed);
  } catch (cause) {
    if (cause instanceof LimitError) throw cause;
    throw new ConnectorError(
      `the chat template is no Jinja template that is understood here (model.template takes another): ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function run(program: Program, given: number, variables: TemplateVariables): string {
  const environment = new Environment();
  const globals = {
    ...{ true: true, True: true, false: false, False: false, none: null, None: null },
    range,
    raise_exception: (message: unknown): never => {
      throw new Error(String(message));
    },
    strftime_now: (format: unknown): string => strftime(dateFor(variables.date_string), String(format)),
    ...variables,
  };
  try {
    for (const [name, value] of Object.entries(globals)) environment.set(name, value);
    return runBounded(program, environment, given);
  } catch (cause) {
    if (cause instanceof LimitError) throw cause;
    throw new ConnectorError(`the model's chat template refuses these messages: ${reasonOf(cause)}`, { cause });
  }
}

function dateFor(text: unknown): Date {
  const date = typeof text === "string" ? parseDate(text) : null;
  if (date !== null) return date;
  throw new Error(
    `date_string ${JSON.stringify(text)} is no date that strftime_now can go by: write it as "${FIXED_DATE}" or "2024-07-26"`,
  );
}
