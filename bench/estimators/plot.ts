/** Median errors of one kind of game. */
export interface Panel {
  readonly title: string;
  /** Coalitions a player. */
  readonly budgets: readonly number[];
  /** By method, one a budget. */
  readonly errors: Readonly<Record<string, readonly number[]>>;
}

const WIDTH = 460;
const HEIGHT = 340;
const MARGIN = { left: 64, right: 14, top: 34, bottom: 46 } as const;
const INNER = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom } as const;
const LEGEND = 26;
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"] as const;

/** Median error against coalitions a player, both axes logarithmic, one panel for each kind of game. */
export function errorPlot(panels: readonly Panel[], methods: readonly string[]): string {
  const body = panels.map((panel, at) => `<g transform="translate(${at * WIDTH} 0)">${draw(panel, methods)}</g>`);
  const [width, height] = [panels.length * WIDTH, HEIGHT + LEGEND];
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const title = "<title>Error of Shapley values against coalitions, by estimator</title>";
  const sheet = `<rect width="100%" height="100%" fill="#fff"/>${body.join("")}${keysOf(methods)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">${title}${sheet}</svg>\n`;
}

function draw({ title, budgets, errors }: Panel, methods: readonly string[]): string {
  const values = methods.flatMap((method) => errors[method] ?? []).filter((error) => error > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const [least = 1, most = 1] = [budgets[0], budgets.at(-1)];
  const x = (budget: number): number => MARGIN.left + (INNER.width * Math.log(budget / least)) / Math.log(most / least);
  const y = (error: number): number => MARGIN.top + (INNER.height * Math.log(high / error)) / Math.log(high / low);
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i);
  const grid = decades.map(
    (error) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(error))}" y2="${round(y(error))}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 6}" y="${round(y(error) + 4)}" text-anchor="end">${Number(error.toPrecision(1))}</text>`,
  );
  const ticks = budgets.map(
    (budget) => `<text x="${round(x(budget))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${budget}n</text>`,
  );
  const lines = methods.map((method, i) => {
    const points = budgets.map((budget, k) => [x(budget), errors[method]?.[k] ?? 0] as const).filter(([, error]) => error > 0);
    const path = points.map(([px, error]) => `${round(px)},${round(y(error))}`).join(" ");
    const dash = method === "auto" ? ' stroke-dasharray="6 4" stroke-width="3"' : ' stroke-width="2"';
    return `<polyline fill="none" stroke="${colour(i)}"${dash} points="${path}"/>`;
  });
  const labels =
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-weight="bold">${title}</text>` +
    `<text x="${MARGIN.left + INNER.width / 2}" y="${HEIGHT - 8}" text-anchor="middle">coalitions (n = number of players)</text>` +
    `<text transform="translate(14 ${MARGIN.top + INNER.height / 2}) rotate(-90)" text-anchor="middle">relative error of the values</text>`;
  return [...grid, ...ticks, ...lines, labels].join("");
}

function keysOf(methods: readonly string[]): string {
  let left: number = MARGIN.left;
  const keys = methods.map((method, i) => {
    const dash = method === "auto" ? ' stroke-dasharray="6 4"' : "";
    const line = `<line x1="${left}" x2="${left + 18}" y1="${HEIGHT + 10}" y2="${HEIGHT + 10}" stroke="${colour(i)}" stroke-width="3"${dash}/>`;
    const key = `${line}<text x="${left + 23}" y="${HEIGHT + 14}">${method}</text>`;
    left += 48 + 7 * method.length;
    return key;
  });
  return keys.join("");
}

function colour(i: number): string {
  return COLOURS[i % COLOURS.length] as string;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
