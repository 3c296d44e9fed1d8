export interface Point {
  readonly prefix: number;
  readonly tokens: number;
  readonly ms: number;
  readonly naiveTokens: number;
  readonly naiveMs: number;
}

export function plot(of: readonly Point[]): string {
  const panels = [
    { title: "model tokens a coalition", ours: of.map((p) => p.tokens), naive: of.map((p) => p.naiveTokens) },
    { title: "processor milliseconds a coalition", ours: of.map((p) => p.ms), naive: of.map((p) => p.naiveMs) },
  ];
  const body = panels.map((panel, i) => `<g transform="translate(${i * 380} 0)">${drawPanel(of, panel)}</g>`).join("\n");
  const title = "Cost of a coalition against the length of what stands before the first player";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="770" height="290" viewBox="0 0 770 290" font-family="sans-serif" font-size="12"><title>${title}</title>\n${body}\n</svg>\n`;
}

interface Panel {
  readonly title: string;
  readonly ours: readonly number[];
  readonly naive: readonly number[];
}

function drawPanel(of: readonly Point[], { title, ours, naive }: Panel): string {
  const high = Math.max(...ours, ...naive) * 1.05;
  const x = (prefix: number): number => 60 + (290 * prefix) / Math.max(...of.map((p) => p.prefix));
  const y = (value: number): number => 240 - (200 * value) / high;
  const line = (values: readonly number[], colour: string): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${values.map((v, i) => `${x((of[i] as Point).prefix).toFixed(1)},${y(v).toFixed(1)}`).join(" ")}"/>`;
  const ticks = [0, 0.5, 1].map((share) => {
    const value = high * share;
    return `<line x1="60" x2="350" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="54" y="${y(value) + 4}" text-anchor="end">${value.toFixed(value < 10 ? 1 : 0)}</text>`;
  });
  const labels = of.map((p) => p.prefix).filter((prefix) => prefix === 0 || prefix >= 400);
  const bottom = labels.map((prefix) => `<text x="${x(prefix)}" y="258" text-anchor="middle">${prefix}</text>`);
  const legend = `<text x="70" y="48" fill="#d55e00">one forward pass each</text><text x="70" y="64" fill="#0072b2">mllm-shap</text>`;
  const heading = `<text x="60" y="22" font-weight="bold">${title}</text><text x="205" y="278" text-anchor="middle">tokens before the first player</text>`;
  return [heading, ...ticks, ...bottom, line(naive, "#d55e00"), line(ours, "#0072b2"), legend].join("\n");
}
