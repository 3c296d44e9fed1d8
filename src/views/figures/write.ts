import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Figure } from "./figure.js";

/** Dots an inch of PNG files. */
const DPI = 300;

/** With the face in it, so that every reader sees the same. */
export function svgFile({ svg, face }: Figure): string {
  const style = `<style>@font-face{font-family:"${face.family}";src:url("${face.uri}")}</style>`;
  return `${svg.replace("<defs>", `<defs>${style}`)}\n`;
}

let started: Promise<void> | null = null;

/** 300 dots an inch. */
export async function pngFile({ svg, face, width }: Figure): Promise<Uint8Array> {
  const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
  const wasm = createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm");
  started ??= initWasm(readFileSync(wasm));
  await started;
  const drawing = new Resvg(svg, {
    fitTo: { mode: "width", value: Math.round((width / 96) * DPI) },
    font: { fontBuffers: [face.bytes], defaultFontFamily: face.family, loadSystemFonts: false },
  });
  return drawing.render().asPng();
}

/** One page of the figure's size; the face is embedded, as far as it is used. Equal figures give equal bytes. */
export async function pdfFile({ svg, face, width, height }: Figure): Promise<Uint8Array> {
  const [{ default: PDFDocument }, { default: svgToPdf }] = await Promise.all([import("pdfkit"), import("svg-to-pdfkit")]);
  const size: [number, number] = [width * 0.75, height * 0.75];
  const document = new PDFDocument({ size, margin: 0, info: { Creator: "mllm-shap", CreationDate: new Date(0) } });
  const parts: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    document.on("data", (part: Buffer) => parts.push(part));
    document.on("end", resolve);
    document.on("error", reject);
  });
  document.registerFont("face", Buffer.from(face.bytes));
  svgToPdf(document, svg, 0, 0, { width: size[0], height: size[1], fontCallback: () => "face" });
  document.end();
  await done;
  return Buffer.concat(parts);
}
