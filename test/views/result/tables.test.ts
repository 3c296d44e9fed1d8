import { describe, expect, it } from "vitest";
import { render } from "../../../src/views/format.js";
import { markdown, tex } from "../../../src/views/result/tables.js";
import { textgrid } from "../../../src/views/result/textgrid.js";
import { vtt } from "../../../src/views/result/vtt.js";
import { SAMPLES, sampleResult, word } from "../../support/samples.js";
import { soundResult } from "../../support/sound.js";

describe("tables for papers", () => {
  it("LaTeX: the largest first, intervals, a ring where the sign is not known", async () => {
    const lines = (await render(tex, [sampleResult(SAMPLES.turns)])).split("\n");
    expect(lines).toContain("\\begin{tabular}{lrr}");
    expect(lines[6]).toBe("lamp {\\footnotesize turn 3} & $+1.900$ & $[+1.700, +2.100]$ \\\\");
    expect(lines).toContain("the {\\footnotesize turn 3} & $+0.150$$^{\\circ}$ & $[-0.050, +0.350]$ \\\\");
    expect(lines.at(-3)).toBe("\\bottomrule");
  });

  it("LaTeX takes no text for a command", async () => {
    const result = sampleResult({ turns: [{ role: "user", entries: [{ tokens: [word("50% & \\input{x} $a_b^c$ ~#<>", 1)] }] }] });
    expect(await render(tex, [result])).toContain(
      "50\\% \\& \\textbackslash{}input\\{x\\} \\$a\\_b\\textasciicircum{}c\\$ \\textasciitilde{}\\#\\textless{}\\textgreater{} & ",
    );
  });

  it("Markdown takes no text for markup and keeps a row a row", async () => {
    const result = sampleResult({ turns: [{ role: "user", entries: [{ tokens: [word("a|b <b>*c*\n`d`", 1)] }] }] });
    expect(await render(markdown, [result])).toContain("| a\\|b \\<b\\>\\*c\\*\\\\n\\`d\\` | +1.000 |");
  });

  it("are exact without intervals", async () => {
    expect(await render(markdown, [sampleResult(SAMPLES.text)])).toContain("| player | value |\n| :-- | --: |\n| on | +4.120 |");
  });
});

describe("stretches of sound with their values", () => {
  it("TextGrid: tiers of words, values and intervals that cover the clip", async () => {
    const text = await render(textgrid, [soundResult()]);
    expect(text).toContain("xmax = 0.75");
    expect([...text.matchAll(/name = "(.*)"/g)].map(([, name]) => name)).toEqual(["words", "values", "intervals"]);
    expect([...text.matchAll(/text = "(.*)"/g)].map(([, content]) => content).slice(0, 6)).toEqual([
      "the",
      "light",
      "on",
      "+0.120",
      "+1.310",
      "-0.400",
    ]);
  });

  it("VTT: a cue each", async () => {
    const text = await render(vtt, [soundResult()]);
    expect(text).toContain("00:00:00.250 --> 00:00:00.500\n<c.raises>light +1.310</c>");
    expect(text).toContain("<c.lowers>on -0.400</c>");
  });

  it("refuse a result without any, and several", async () => {
    await expect(render(vtt, [sampleResult(SAMPLES.text)])).rejects.toThrow(/stretches of sound, and this result has none/);
    await expect(render(textgrid, [soundResult(), soundResult()])).rejects.toThrow(/textgrid holds one result, and there are 2/);
  });
});
