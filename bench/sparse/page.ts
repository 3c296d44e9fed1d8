/** Of one seed. */
export interface Cell {
  /** Nats lost with each of the top sets; null where that was never played. */
  readonly drops: readonly (number | null)[];
  /** Linear datamodeling score. */
  readonly score: number;
}

export interface Row {
  readonly budget: number;
  readonly name: string;
  /** The estimator does not play with so few. */
  readonly refused: boolean;
  readonly cells: readonly Cell[];
}

export interface Facts {
  readonly players: number;
  /** Tokens of the answer. */
  readonly steps: number;
  readonly coalitions: number;
  readonly heldOut: number;
  readonly top: readonly number[];
}

/** Nats, and rank correlations, below which two means are as good as each other. */
const TIE = { drop: 0.1, score: 0.02 } as const;

const INCOMPLETE =
  "The record is not complete yet: where no number stands, the model has not been asked, and nothing can be said of who is better.";

export function pageOf(facts: Facts, rows: readonly Row[]): string {
  const { players, steps, coalitions, heldOut, top } = facts;
  const measures = [...top.map((k) => `top ${k}`), "LDS"];
  const table = [
    ["coalitions", "estimator", "seeds", ...measures],
    ["---:", "---", ...["seeds", ...measures].map(() => "---:")],
    ...rows.map((row) => [row.budget, row.name, row.refused ? "refused" : row.cells.length, ...means(row, top.length).map(shown)]),
  ];
  const best = [
    ["coalitions", ...measures],
    ["---:", ...measures.map(() => "---")],
    ...[...new Set(rows.map(({ budget }) => budget))].map((budget) => [budget, ...bestOf(rows, budget, top.length)]),
  ];
  return `# Many sentences, few coalitions

A document of ${players} sentences (\`fixtures/games/sparse/eastmere.txt\`), a question that is no player, and an answer of ${steps} tokens that is given: "Nora Finch repaired the lamp, and
money from the fair paid for it." Two of the sentences say so. The model is SmolLM2-135M-Instruct, the payoff the likelihood of the answer; ${coalitions.toLocaleString("en-US")} coalitions are recorded (\`fixtures/games/sparse\`).
\`npm run bench -- sparse\` makes this page again without the model, \`--record FOLDER\` first asks the model what the record lacks.

Estimators are judged by the two measures of context-cite (Cohen-Wang et al. 2024, arXiv:2409.00729). *Top k*: by how many nats the log-probability of the whole answer falls when the k
sentences of largest value are taken out of the document; larger is better. *LDS*, the linear datamodeling score: Spearman's correlation of ${heldOut} held-out ablations' payoffs, each sentence in
or out with probability ½, with the sums of the values of who is in. Means over seeds, which draw anew.

*context-cite* is its own recipe: each sentence stays with probability ½, and a lasso of penalty 0.01 on scaled columns is fitted to the logit of the answer's probability a token. The
second lasso sees the same coalitions and finds its penalty by five folds. \`kernel\` is Shapley's regression of the coalitions that \`proxy\` plays. \`proxy\` is what \`explain\` does by default.
${rows.some(({ refused, cells }) => !refused && cells.length === 0) ? `\n${INCOMPLETE}\n` : ""}
${tableOf(table)}

Best, or within ${TIE.drop} nats and ${TIE.score} of it:

${tableOf(best)}

The LDS is asked at context-cite's own ablations, with half of the sentences in: values that are means over all sizes, as Shapley's are, are not made for it.
This is one document, and few seeds: it shows what each way finds, not by how much one is better in general.
`;
}

/** Of the top sets, then of the score; null where nothing is known. */
function means({ cells }: Row, tops: number): readonly (number | null)[] {
  const drops = Array.from({ length: tops }, (_, k) => mean(cells.map(({ drops: all }) => all[k] ?? null)));
  return [...drops, mean(cells.map(({ score }) => score))];
}

function bestOf(rows: readonly Row[], budget: number, tops: number): readonly string[] {
  const some = rows.filter((row) => row.budget === budget && !row.refused).map((row) => ({ name: row.name, values: means(row, tops) }));
  return Array.from({ length: tops + 1 }, (_, at) => {
    const known = some.flatMap(({ name, values }) => (values[at] == null ? [] : [{ name, value: values[at] }]));
    // Nobody is best of those whose numbers happen to be there.
    if (known.length < some.length) return "";
    const largest = Math.max(...known.map(({ value }) => value));
    const tie = at < tops ? TIE.drop : TIE.score;
    return known
      .filter(({ value }) => value >= largest - tie)
      .map(({ name }) => name)
      .join(", ");
  });
}

/** null where some seed's is not known: seeds must be the same in all that is compared. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0 || known.length < values.length) return null;
  return known.reduce((total, value) => total + value, 0) / known.length;
}

const shown = (value: number | null): string => value?.toFixed(2) ?? "";

const tableOf = (rows: readonly (readonly unknown[])[]): string => rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
