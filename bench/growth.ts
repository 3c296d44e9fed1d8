import { writeFileSync } from "node:fs";
import { createRng } from "../src/random.js";
import { bestOf, open } from "./measure.js";
import { runNaive } from "./naive.js";
import { WORKLOADS, type Workload } from "./workloads.js";

/*
 * How the cost of a coalition grows with what stands before the first player:
 *   npm run bench:growth
 * writes docs/speed-growth.svg.
 */

interface Point {
  readonly prefix: number;
  readonly tokens: number;
  readonly ms: number;
  readonly naiveTokens: number;
  readonly naiveMs: number;
}

const base: Workload = await WORKLOADS["nano, exact, 11 words"]("");
const points: Point[] = [];
for (const prefix of [0, 100, 200, 400, 800, 1600]) points.push(await measure(prefix));
console.table(points);
writeFileSync("docs/speed-growth.svg", plot(points));

/** Likelihood of a six-token answer, 512 coalitions. */
async function measure(prefix: number): Promise<Point> {
  const rng = createRng(prefix);
  const before = Array.from({ length: prefix }, () => 150 + rng.int(600));
  const prompts = base.prompts.slice(0, 512).map((ids) => Int32Array.from([...before, ...ids]));
  const workload: Workload = { ...base, prompts, sharedPrefix: prefix + base.sharedPrefix };
  const targets = Int32Array.of(417, 413, 389, 466, 441, 7);
  const engine = await open(workload, null, 1);
  await engine.score(prompts.slice(0, 8), { targets, sharedPrefix: workload.sharedPrefix });
  let tokens = 0;
  const { cpuSeconds } = await bestOf(async () => {
    const fed = engine.spent.tokens;
    await engine.score(prompts, { targets, sharedPrefix: workload.sharedPrefix });
    tokens = (engine.spent.tokens - fed) / prompts.length;
  });
  const ms = (1000 * cpuSeconds) / prompts.length;
  await engine.release();
  const sample = [10, 100, 200, 300, 400, 500];
  const naive = await runNaive({ ...workload, maxNewTokens: 1 }, sample, targets, 1);
  const naiveTokens = sample.reduce((sum, i) => sum + (prompts[i] as Int32Array).length + targets.length - 1, 0) / sample.length;
  return { prefix, tokens, ms, naiveTokens, naiveMs: 1000 * naive.forward.cpuSeconds };
}

function plot(of: readonly Point[]): string {
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
