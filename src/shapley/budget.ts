import { BudgetError } from "../errors.js";

/** @throws BudgetError naming the minimum. Budgets count distinct coalitions, ∅ and N included. */
export function requireBudget(method: string, n: number, budget: number, minimum: number): void {
  if (budget >= minimum) return;
  throw new BudgetError(`${method} needs a budget of at least ${minimum} coalitions for ${n} players; the budget is ${budget}`);
}
