import { z } from "zod";
import { AUTO_CONNECTOR, CONNECTORS } from "../connectors/registry.js";
import { PAYOFFS, stepPayoffs } from "../payoffs/registry.js";
import { ExplainSchema, RunSchema } from "./schema/explain.js";
import { AnswerSchema, MessagesSchema, PromptSchema, partsOf } from "./schema/messages.js";
import { GenerationSchema, ModelSchema } from "./schema/model.js";

/** The conversation spec: every key, its default and what it means. Keys are as in the file. */
export const SpecSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Where this schema is, for editors."),
    version: z.literal(1).default(1).describe("Version of this format."),
    model: ModelSchema,
    generation: GenerationSchema.prefault({}),
    messages: MessagesSchema.optional(),
    prompt: PromptSchema.optional(),
    answer: AnswerSchema.optional(),
    explain: ExplainSchema.prefault({}),
    run: RunSchema.prefault({}),
  })
  .superRefine((spec, context) => {
    const refuse = (path: string | readonly string[], message: string) =>
      context.addIssue({ code: "custom", path: typeof path === "string" ? [path] : [...path], message });
    const { connector, template, template_kwargs: variables } = spec.model;
    const kind = connector === AUTO_CONNECTOR ? null : CONNECTORS[connector];
    if (kind?.templated === false) {
      if (template !== null) refuse(["model", "template"], `is not for ${connector}, whose turns are fixed`);
      if (Object.keys(variables).length > 0) refuse(["model", "template_kwargs"], `are not for ${connector}, whose turns are fixed`);
    }
    if (kind?.prompts === false && spec.prompt !== undefined) refuse("prompt", `is not for ${connector}, which answers messages`);
    if (spec.messages === undefined && spec.prompt === undefined) {
      context.addIssue({ code: "invalid_type", expected: "array", input: undefined, path: ["messages"] });
    }
    if (spec.messages === undefined) return;
    if (spec.prompt !== undefined) refuse("prompt", "cannot stand beside messages: a model either answers messages or continues a prompt");
    if (spec.answer !== undefined)
      refuse("answer", "belongs to a prompt; an assistant message at the end of messages is the answer to explain");
  })
  .superRefine(({ messages, explain }, context) => {
    if (explain.players.audio !== "word") return;
    messages?.forEach(({ content }, i) => {
      partsOf(content).forEach((part, j) => {
        if (part.type === "text" || part.transcript !== null) return;
        const message = "has no transcript, which word players of audio take: give it one, or use players.audio: segment";
        context.addIssue({ code: "custom", path: ["messages", i, "content", j], message });
      });
    });
  })
  .superRefine(({ explain }, context) => {
    if (explain.target === null || PAYOFFS[explain.payoff.kind].asks !== "responses") return;
    const message = `is for payoffs of the answer's steps (${stepPayoffs.join(", ")}), and ${explain.payoff.kind} compares whole answers`;
    context.addIssue({ code: "custom", path: ["explain", "target"], message });
  })
  .describe("A conversation and how its answer is to be explained.");

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What a file may say. */
export type SpecInput = z.input<typeof SpecSchema>;
/** A spec with every default filled in and every shorthand in its long form; plain JSON. */
export type Spec = DeepReadonly<z.output<typeof SpecSchema>>;
export type ModelSpec = Spec["model"];
export type GenerationSpec = Spec["generation"];
export type MessageSpec = NonNullable<Spec["messages"]>[number];
export type PartSpec = MessageSpec["content"][number];
export type ExplainSpec = Spec["explain"];
export type PayoffSpec = ExplainSpec["payoff"];
export type PlayersSpec = ExplainSpec["players"];
export type GroupSpec = ExplainSpec["groups"][number];
export type ToleranceSpec = ExplainSpec["tolerance"];
export type RunSpec = Spec["run"];
