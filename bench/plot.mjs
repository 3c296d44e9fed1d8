/** Median error against coalitions a player, both axes logarithmic, one panel for each kind of game. */
export function errorPlot(panels, methods) {
  const width = 460;
  const height = 340;
  const margin = { left: 64, right: 14, top: 34, bottom: 46 };
  const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
  const legend = 26;
  const body = panels.map(({ title, budgets, errors }, at) => {
    const values = methods.flatMap((method) => errors[method]).filter((error) => error > 0);
    const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
    const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
    const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
    const x = (budget) => margin.left + (inner.width * Math.log(budget / budgets[0])) / Math.log(budgets.at(-1) / budgets[0]);
    const y = (error) => margin.top + (inner.height * Math.log(high / error)) / Math.log(high / low);
    const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i);
    const grid = decades.map(
      (error) =>
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${round(y(error))}" y2="${round(y(error))}" stroke="#ddd"/>` +
        `<text x="${margin.left - 6}" y="${round(y(error) + 4)}" text-anchor="end">${Number(error.toPrecision(1))}</text>`,
    );
    const ticks = budgets.map(
      (budget) => `<text x="${round(x(budget))}" y="${height - margin.bottom + 18}" text-anchor="middle">${budget}n</text>`,
    );
    const lines = methods.map((method, i) => {
      const points = budgets.map((budget, k) => [x(budget), errors[method][k]]).filter(([, error]) => error > 0);
      const path = points.map(([px, error]) => `${round(px)},${round(y(error))}`).join(" ");
      const dash = method === "auto" ? ' stroke-dasharray="6 4" stroke-width="3"' : ' stroke-width="2"';
      return `<polyline fill="none" stroke="${colours[i % colours.length]}"${dash} points="${path}"/>`;
    });
    const labels =
      `<text x="${width / 2}" y="20" text-anchor="middle" font-weight="bold">${title}</text>` +
      `<text x="${margin.left + inner.width / 2}" y="${height - 8}" text-anchor="middle">coalitions (n = number of players)</text>` +
      `<text transform="translate(14 ${margin.top + inner.height / 2}) rotate(-90)" text-anchor="middle">relative error of the values</text>`;
    return `<g transform="translate(${at * width} 0)">${[...grid, ...ticks, ...lines].join("")}${labels}</g>`;
  });
  let left = 64;
  const keys = methods.map((method, i) => {
    const dash = method === "auto" ? ' stroke-dasharray="6 4"' : "";
    const key = `<line x1="${left}" x2="${left + 18}" y1="${height + 10}" y2="${height + 10}" stroke="${colours[i % colours.length]}" stroke-width="3"${dash}/><text x="${left + 23}" y="${height + 14}">${method}</text>`;
    left += 48 + 7 * method.length;
    return key;
  });
  const size = `width="${panels.length * width}" height="${height + legend}" viewBox="0 0 ${panels.length * width} ${height + legend}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12"><title>Error of Shapley values against coalitions, by estimator</title><rect width="100%" height="100%" fill="#fff"/>${body.join("")}${keys.join("")}</svg>\n`;
}

const round = (value) => Math.round(value * 10) / 10;
