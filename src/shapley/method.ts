import { BudgetError } from "../errors.js";
import type { Method, MethodOptions } from "../game/types.js";

/** What is known of a method before it plays: the command line, the schema, the planner and the docs ask these, never a name. */
export interface MethodTraits<Name extends string = string, Alias extends string = string> {
  /** As specs and flags say it. */
  readonly name: Name;
  /** Names that users know it by from elsewhere. */
  readonly aliases: readonly Alias[];
  /** One line of help. */
  readonly summary: string;
  readonly citation: string;
  /**
   * What its values estimate. Shapley's value may be had by any method, so that all 2^n coalitions are played where they fit into the
   * budget; the others have to be played by the method itself.
   */
  readonly estimand: "shapley" | "owen" | "banzhaf" | "banzhaf-like" | "leave-one-out";
  /** It plays all 2^n coalitions or none: by name it ignores a budget that nobody gave. */
  readonly enumerates: boolean;
  /** It takes `MethodOptions.tree`, and keeps the unions of it together. */
  readonly needsTree: boolean;
  /** Later rounds depend on earlier payoffs. */
  readonly adaptive: boolean;
  /** Values sum to v(N) − v(∅) at every budget. */
  readonly efficient: boolean;
  /** What it plays is drawn: another seed plays other coalitions, a larger budget more of them. */
  readonly draws: boolean;
  /** Values of a sum of payoffs are the sum of their values, as long as the same coalitions are played. */
  readonly linear: boolean;
  /** It draws without replacement: where the budget pays for every coalition, nothing is left to chance. */
  readonly exhausts: boolean;
  /** What its standard errors come from; null where it gives none. */
  readonly errors: string | null;
  /** It plays coalitions with their complements, which sampled interactions are made from; otherwise why its sample tells nothing of pairs. */
  readonly pairs: true | { readonly refused: string };
  /** Fewest distinct coalitions, ∅ and N included, with which it can be played. */
  readonly minBudget: (players: number) => number;
  /** @default no limit */
  readonly maxPlayers: number;
}

/** A method as the registry holds it. */
export interface MethodDefinition<Name extends string = string, Alias extends string = string> extends MethodTraits<Name, Alias> {
  /** A method to play. Its sampler refuses budgets below the minimum with a BudgetError. */
  readonly create: (options: MethodOptions) => Method<unknown>;
}

type Optional = "aliases" | "enumerates" | "needsTree" | "adaptive" | "draws" | "linear" | "maxPlayers";

/** What a method's file states: its traits, and how it samples and estimates. `D` is what its estimator must know of a round's draw. */
export type MethodSpec<Name extends string, Alias extends string, D> = Omit<MethodTraits<Name, Alias>, Optional> &
  Partial<Pick<MethodTraits<Name, Alias>, Optional>> & {
    readonly create: (options: MethodOptions) => Pick<Method<D>, "sample" | "estimate" | "estimator">;
  };

/** The door that every method comes in by: one file and one entry of `registry.ts` make a sampler. */
export function defineMethod<const Name extends string, D, const Alias extends string = never>(
  spec: MethodSpec<Name, Alias, D>,
): MethodDefinition<Name, Alias> {
  const { create, ...traits } = spec;
  const definition: MethodDefinition<Name, Alias> = {
    aliases: [],
    enumerates: false,
    needsTree: false,
    adaptive: false,
    draws: !(spec.enumerates ?? false),
    linear: !(spec.adaptive ?? false),
    maxPlayers: Number.POSITIVE_INFINITY,
    ...traits,
    create(options): Method<D> {
      const { sample, estimate, estimator } = create(options);
      return {
        adaptive: definition.adaptive,
        *sample(n, budget, rng) {
          requireBudget(definition, n, budget);
          yield* sample(n, budget, rng);
        },
        estimate,
        ...(estimator === undefined ? {} : { estimator }),
      };
    },
  };
  return definition;
}

/**
 * @param hint what else could be done, for the end of the message.
 * @throws BudgetError naming the minimum. Budgets count distinct coalitions, ∅ and N included.
 */
export function requireBudget({ name, minBudget }: Pick<MethodTraits, "name" | "minBudget">, n: number, budget: number, hint = ""): void {
  const minimum = minBudget(n);
  if (budget >= minimum) return;
  throw new BudgetError(`${name} needs a budget of at least ${minimum} coalitions for ${n} players; the budget is ${budget}${hint}`);
}
