import { isLoopback } from "../connectors/openai_compatible/address.js";
import { SpecError } from "../errors.js";
import type { ServedCost } from "../results/inspection.js";
import type { ExplainRequest } from "../spec/request.js";
import { servedCost, type TokenPrices } from "../tasks/inspect.js";
import { itemAt } from "../util/elements.js";
import { type Context, type VerbosityFlags, verbosityOf } from "./context.js";
import { type PolicyFlags, policyOf } from "./policy.js";
import { resourcesFor } from "./resources.js";
import { type ServerFlags, settledPriceOf } from "./server.js";
import { userSettings } from "./user_settings.js";

export interface CostFlags extends ServerFlags {
  readonly tokenPrice?: string;
  readonly maxCost?: string;
  readonly yes?: boolean;
}

type Env = NodeJS.ProcessEnv;

/** Conversations of which the cost is estimated one by one; of more than these it is theirs, scaled. */
const SAMPLED = 50;

/** The price that flags, the environment or the settings give; null where none does. @throws SpecError where what they say is no price. */
export function pricesFor(flags: Pick<CostFlags, "tokenPrice"> & ServerFlags, env: Env): TokenPrices | null {
  if (flags.tokenPrice !== undefined) return pricesOf(flags.tokenPrice, "--token-price");
  if (env.MLLM_SHAP_TOKEN_PRICE) return pricesOf(env.MLLM_SHAP_TOKEN_PRICE, "MLLM_SHAP_TOKEN_PRICE");
  const settled = settledPriceOf(flags, env);
  return settled === null ? null : { prompt: settled[0], answer: settled[1] };
}

function pricesOf(text: string, said: string): TokenPrices {
  const [prompt = Number.NaN, answer = prompt, ...more] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (prompt >= 0 && answer >= 0 && more.length === 0) return { prompt, answer };
  throw new SpecError(`${said} ${text}: must be one price or two, of tokens sent and of answers, such as 0.15,0.6`);
}

/** What one command may cost, and who said so. */
interface Limit {
  readonly most: number;
  readonly said: string;
}

function limitOf({ maxCost }: CostFlags, env: Env): Limit | null {
  const [text, said] = maxCost === undefined ? [env.MLLM_SHAP_MAX_COST, "MLLM_SHAP_MAX_COST"] : [maxCost, "--max-cost"];
  if (text === undefined || text === "") {
    const { maxCost: most } = userSettings(env);
    return most === null ? null : { most, said: "max_cost of your settings" };
  }
  const most = text.trim() === "" ? Number.NaN : Number(text);
  if (most >= 0 && most < Number.POSITIVE_INFINITY) return { most, said };
  throw new SpecError(`${said} ${text}: must be an amount from 0, in the currency of --token-price`);
}

/** Conversations that are about to be explained. */
export interface Costly {
  readonly count: number;
  request(index: number): Promise<ExplainRequest>;
}

/**
 * Sees, before anything is sent, that explaining at a server costs no more than the user allows; nothing where they allow anything, or no model is behind one.
 * @throws SpecError where the estimate is higher, unless `--yes` is said, or no price is known of a server on another machine.
 */
export async function requireAffordable(costly: Costly, flags: CostFlags & PolicyFlags & VerbosityFlags, context: Context): Promise<void> {
  const { env, terminal } = context;
  if (costly.count === 0) return;
  const limit = limitOf(flags, env);
  const prices = pricesFor(flags, env);
  if (limit === null) return;
  const sample = Math.min(SAMPLED, costly.count);
  const costs: ServedCost[] = [];
  for (let i = 0; i < sample; i++) {
    const request = await costly.request(Math.floor((i * costly.count) / sample));
    if (request.paths.repo.kind !== "served") continue;
    if (prices === null && isFree(flags, env)) return;
    if (prices === null)
      throw new SpecError(`${limit.said}: no price is known of this server: give --token-price IN,OUT, in the same currency`);
    const cost = await servedCost(request, { ...resourcesFor(flags, context, () => undefined), prices });
    if (cost !== null) costs.push(cost);
  }
  if (costs.length === 0) return;
  const total = (of: (cost: ServedCost) => number): number => (costs.reduce((sum, cost) => sum + of(cost), 0) * costly.count) / sample;
  const price = total((cost) => cost.price ?? 0);
  const tokens = (count: number): string => Math.round(count).toLocaleString("en-US");
  const unit = itemAt(costs, 0).unit;
  const would = `about ${amount(price)} by the prices given (${tokens(total((cost) => cost.promptTokens))} ${unit}s sent, at most ${tokens(total((cost) => cost.answerTokens))} of answers; what is remembered costs nothing)`;
  if (price > limit.most && flags.yes !== true)
    throw new SpecError(`this would cost ${would}, more than ${limit.said} allows, ${amount(limit.most)}: raise it, or say --yes`);
  if (verbosityOf(flags).loudness !== "quiet") terminal.say(`costs ${would}`);
}

/** Nobody charges for a server of one's own. */
function isFree(flags: PolicyFlags, env: Env): boolean {
  const { server } = policyOf(flags, env);
  return server === null || server === undefined || isLoopback(server.url);
}

/** Cents where there are some. */
function amount(price: number): string {
  return price >= 0.1 || price === 0 ? price.toFixed(2) : price.toPrecision(2);
}
