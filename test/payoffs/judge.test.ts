import { describe, expect, it } from "vitest";
import type { GradeAnswers } from "../../src/helpers/types.js";
import { judgePayoff } from "../../src/payoffs/judge.js";
import { createPayoff } from "../../src/payoffs/registry.js";
import { fakeModel, NO_HELPERS, response } from "../support/fakes.js";

const of = (text: string) => response({ text });

/** Grades by length, and keeps what it was asked. */
function byLength(probability = 0.9) {
  const asked: string[][] = [];
  const grade: GradeAnswers = async (answers) => {
    asked.push([...answers]);
    return answers.map((text) => ({ grade: text.length, probability }));
  };
  return { asked, grade };
}

describe("the judge payoff", () => {
  it("is the grade of each answer, the explained one's as any other's, and asks once about equal texts", async () => {
    const { asked, grade } = byLength();
    const fitted = await judgePayoff(() => grade, "1 to 5").fit(of("four"), [], {});
    expect([...(await fitted.values([of("four"), of(""), of("abc"), of("four")], {}))]).toEqual([4, 0, 3, 4]);
    expect([...(await fitted.values([of("abc"), of("zz")], {}))]).toEqual([3, 2]);
    expect(asked.slice(1)).toEqual([["four", "", "abc"], ["zz"]]);
    expect(fitted.warnings).toEqual([]);
  });

  it("warns where the judge seldom answers with a grade", async () => {
    const fitted = await judgePayoff(() => byLength(0.031).grade, "1 to 5").fit(of("a"), [], {});
    expect(fitted.warnings).toEqual([expect.stringMatching(/grade from 1 to 5 with a probability of 3.1 %/)]);
  });

  it("fills in its prompt once, and leaves other braces alone", async () => {
    const asked: string[] = [];
    const loaded: unknown[] = [];
    const payoff = await createPayoff(
      {
        ...{ kind: "judge", source: "j", dtype: "q4", least: 1, most: 3, reference: null },
        prompt: '{conversation}|{reference}|{answer}|{least}-{most}|{"json": 1}|{other}',
      },
      {
        ...NO_HELPERS,
        model: fakeModel({}),
        conversation: () => "user: hi {answer}",
        loadJudge: async (...given) => {
          loaded.push(given.slice(0, 2));
          return {
            grading: (ask) => async (answers) => {
              asked.push(...answers.map(ask));
              return answers.map(() => ({ grade: 1, probability: 1 }));
            },
          };
        },
      },
    );
    if (payoff.needs !== "responses") throw new Error("it compares answers");
    const fitted = await payoff.fit(of("the $& target"), [], {});
    await fitted.values([of("{reference} $1")], {});
    expect(asked.at(-1)).toBe('user: hi {answer}|the $& target|{reference} $1|1-3|{"json": 1}|{other}');
    expect(loaded).toEqual([["j", "q4"]]);
  });

  it("refuses a prompt without the answer, and grades the wrong way round", async () => {
    const context = { ...NO_HELPERS, model: fakeModel({}) };
    const choice = { kind: "judge", source: "j", dtype: "auto", reference: null, prompt: "{answer}", least: 1, most: 5 } as const;
    await expect(createPayoff({ ...choice, prompt: "Grade it." }, context)).rejects.toThrow(/must hold \{answer\}/);
    await expect(createPayoff({ ...choice, least: 5 }, context)).rejects.toThrow(/least \(5\) must be below most \(5\)/);
  });
});
