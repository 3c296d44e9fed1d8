import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { writeCrossEncoder, writeEncoder } from "../support/encoder_files.js";
import { folderWith, LIGHT, run, spec } from "./run.js";

const folder = folderWith({ "light.yaml": LIGHT, "words.yaml": spec("turn on the kitchen light", "{players: word, payoff: tfidf}") });
const call = (...args: readonly string[]) => run(args, { cwd: folder });
const written = (name: string) => readFileSync(join(folder, name));
const text = (name: string) => written(name).toString();

beforeAll(async () => {
  mkdirSync(join(folder, "encoder"));
  mkdirSync(join(folder, "nli"));
  writeCrossEncoder({ folder: join(folder, "nli") });
  writeEncoder({ folder: join(folder, "encoder") });
  for (const name of ["light", "words"]) {
    const ran = await call("explain", `${name}.yaml`, "--archive", `${name}.mshap`, "-o", `${name}.json`, "--no-run", "-q");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
  }
});

describe("rescore", () => {
  test("gives the bytes of explaining anew, with the same settings and with others", async () => {
    for (const [name, flags] of [
      ["light", []],
      ["light", ["--sampler", "permutation", "--budget", "20", "--seed", "3"]],
      ["light", ["--target", "kitchen", "--interactions"]],
      ["words", ["--payoff", "exact-match", "--normalizer", "identity"]],
      ["words", ["--payoff", "{kind: nli, source: ./nli}"]],
      ["words", ["--payoff", "{kind: embedding, source: ./encoder}", "--sampler", "leverage", "--budget", "24"]],
    ] as const) {
      expect(await call("explain", `${name}.yaml`, ...flags, "-o", "anew.json", "--no-run", "-q")).toMatchObject({ code: 0, stderr: "" });
      const again = await call("rescore", `${name}.mshap`, ...flags, "-o", "again.json", "--no-run", "-q");
      expect(again).toMatchObject({ code: 0, stderr: "" });
      expect(text("again.json")).toBe(text("anew.json"));
    }
  });

  test("a whole archive is explained by answers and by log-probabilities", async () => {
    expect(await call("explain", "light.yaml", "--archive-whole", "-q")).toMatchObject({
      code: 2,
      stderr: "mllm-shap: --archive-whole says what --archive FILE keeps: give that too\n",
    });
    await call("explain", "light.yaml", "--archive", "whole.mshap", "--archive-whole", "-o", "same.json", "--no-run", "-q");
    expect(text("same.json")).toBe(text("light.json"));
    for (const payoff of ["likelihood", "tfidf", "exact-match"]) {
      await call("explain", "light.yaml", "--payoff", payoff, "-o", "anew.json", "--no-run", "-q");
      expect(await call("rescore", "whole.mshap", "--payoff", payoff, "-o", "again.json", "--no-run", "-q")).toMatchObject({ code: 0 });
      expect(text("again.json"), payoff).toBe(text("anew.json"));
    }
  });

  test("the same run is the same archive, whether answers were remembered or not", async () => {
    const cache = folderWith({});
    for (const name of ["cold", "warm"]) {
      await run(["explain", "light.yaml", "--archive", `${name}.mshap`, "-o", "x.json", "-q"], {
        cwd: folder,
        env: { MLLM_SHAP_CACHE: cache },
      });
      expect(written(`${name}.mshap`).equals(written("light.mshap"))).toBe(true);
    }
  });

  test("show, compare and evaluate take an archive", async () => {
    expect((await call("show", "light.mshap", "--format", "json")).stdout).toBe(text("light.json"));
    expect((await call("compare", "light.mshap", "light.json", "--format", "json")).stdout).toContain('"spearman": 1');
  });

  test("refuses what only the model could answer, and says what is missing", async () => {
    await call("explain", "light.yaml", "--sampler", "permutation", "--budget", "12", "--archive", "few.mshap", "-o", "x.json", "-q");
    for (const [args, code, says] of [
      [
        ["few.mshap", "--seed", "9"],
        1,
        /holds \d+ coalitions, and \d+ of the \d+ that these settings ask for next are not among them, such as \{/,
      ],
      [
        ["light.mshap", "--payoff", "tfidf"],
        1,
        /holds log-probabilities of the answer, .*payoffs of what it holds are likelihood, contrast/,
      ],
      [["light.mshap", "--set", "explain.players=token"], 2, /--set explain\.players=token: only the model could answer that anew; /],
      [["light.mshap", "--sampler", "dice"], 2, /explain\.sampler must be one of .*\(got "dice"\)/],
      [["words.mshap", "--payoff", "{kind: embedding, source: ./none}"], 2, /the encoder ".\/none" no such file or folder/],
      [["light.yaml"], 2, /light\.yaml: not a mllm-shap\/archive@1/],
      [["light.mshap", "--export", "game.txt"], 2, /--export game\.txt: its ending names no format; use \.json, \.npz$/m],
      [["light.mshap", "--export", "light.mshap"], 2, /--export light\.mshap: /],
    ] as const) {
      const ran = await call("rescore", ...args);
      expect(ran.stderr).toMatch(says);
      expect(ran).toMatchObject({ code, stdout: "" });
    }
  });

  test("an encoder that the archive names, and not the person, lies beside it", async () => {
    await call(
      "explain",
      "words.yaml",
      "--payoff",
      "{kind: embedding, source: ./encoder}",
      "--archive",
      "encoded.mshap",
      "-o",
      "encoded.json",
      "--no-run",
      "-q",
    );
    await call("rescore", "encoded.mshap", "--no-run", "-o", "again.json");
    expect(text("again.json")).toBe(text("encoded.json"));
    const lines = gunzipSync(written("encoded.mshap")).toString().replaceAll("./encoder", "/etc");
    writeFileSync(join(folder, "stranger.mshap"), gzipSync(lines));
    const ran = await call("rescore", "stranger.mshap");
    expect(ran.stderr).toMatch(/the encoder "\/etc" lies outside/);
    expect(ran.code).toBe(2);
  });

  test("evaluates by a cross-encoder what was explained by other means", async () => {
    const ran = await call("evaluate", "light.json", "--payoff", "{kind: nli, source: ./nli}", "--rankings", "2");
    expect(ran.code, ran.stderr).toBe(0);
    const { payoff, explainer } = JSON.parse(ran.stdout);
    expect([payoff.kind, explainer.payoff]).toEqual(["nli", "likelihood"]);
    const served = await call("evaluate", "light.json", "--payoff", "{kind: nli, source: 'server:judge'}");
    expect(served.stderr).toMatch(/"judge" is behind a server, which only you can name/);
    expect(served.code).toBe(2);
  });

  test("an archive holds texts: it goes without --redact, and of one run", async () => {
    for (const [args, says] of [
      [["light.yaml", "--redact", "--archive", "x.mshap"], /--archive x\.mshap: an archive holds the conversation .* without --redact/],
      [["light.yaml", "words.yaml", "--archive", "x.mshap"], /--archive x\.mshap: one file holds one run/],
      [["light.yaml", "--archive", "light.yaml"], /--archive light\.yaml: is an input/],
      [["light.yaml", "--archive", "none/x.mshap"], /--archive none\/x\.mshap: there is no folder/],
      [["light.yaml", "--archive", "x.json", "-o", "x.json"], /--archive x\.json: is an output/],
    ] as const) {
      const ran = await call("explain", ...args);
      expect(ran.stderr).toMatch(says);
      expect(ran.code).toBe(2);
    }
    const redacted = await call("rescore", "light.mshap", "--redact", "--export", "game.json", "--format", "json");
    expect(redacted.stdout + text("game.json")).not.toContain("kitchen");
  });

  test("exports the game with every coalition's payoff", async () => {
    expect(await call("rescore", "light.mshap", "--export", "game.json", "-o", "x.json")).toMatchObject({ code: 0, stderr: "" });
    const { data, metadata } = JSON.parse(text("game.json"));
    const { payoff, players } = JSON.parse(text("light.json"));
    expect(Object.keys(data)).toHaveLength(2 ** players.length);
    expect(metadata.player_names).toEqual(["turn", "on", "the", "kitchen", "light"]);
    expect([data.Empty, data["0,1,2,3,4"]]).toEqual([payoff.empty, payoff.full]);
    await call("rescore", "light.mshap", "--export", "game.npz", "-o", "x.json");
    expect(written("game.npz").toString("latin1", 0, 2)).toBe("PK");
  });
});
