// The walls between the folders of src/: who may import whom. Writes them as Biome rules, which `npm run lint` holds:
//   node scripts/walls.mjs
// The test test/walls.test.ts plants a forbidden import in every folder.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Files of src/ itself that any folder may import. */
const COMMON = ["errors.js", "events.js", "random.js", "util"];
/** Models and what they are made of. */
const MODELS = ["audio", "onnx", "decoding", "text", "chat", "repos", "connectors"];

/**
 * What each folder may import besides itself, the lower folders first: nothing stands before what it imports, so that there are no
 * circles. A folder that is not listed may import nothing. Some are listed before they are there.
 */
export const WALLS = {
  util: [],
  math: ["random.js", "util"],
  audio: COMMON,
  repos: COMMON,
  onnx: [...COMMON, "repos"],
  text: [...COMMON, "repos"],
  decoding: [...COMMON, "onnx", "text"],
  chat: [...COMMON, "audio", "text", "repos"],
  compat: [...COMMON, "text", "repos", "chat"],
  connectors: [...COMMON, ...MODELS, "compat"],
  alignment: [...COMMON, ...MODELS, "math"],
  helpers: [...COMMON, ...MODELS],
  payoffs: [...COMMON, ...MODELS, "helpers"],
  memo: [...COMMON, "repos", "chat", "connectors"],
  game: [...COMMON, "math", "repos", "chat", "connectors", "payoffs", "memo"],
  players: [...COMMON, "text", "chat", "connectors", "game"],
  shapley: [...COMMON, "math", "game"],
  spec: [...COMMON, "audio", "text", "repos", "connectors", "payoffs", "shapley"],
  results: [...COMMON, "math", "text", "repos", "chat", "connectors", "payoffs", "game", "players", "shapley", "spec"],
  batch: [...COMMON, "repos", "spec", "results"],
  views: [...COMMON, "math", "audio", "results"],
  tasks: [
    ...COMMON,
    "version.js",
    "package.js",
    "math",
    ...MODELS,
    "compat",
    "alignment",
    "helpers",
    "payoffs",
    "memo",
    "game",
    "players",
    "shapley",
    "spec",
    "results",
  ],
};

/** How deep folders may be nested. */
const DEEPEST = 5;

const quoted = (names) => names.filter((name) => !name.endsWith(".js")).join(", ");

function override(includes, group, message) {
  const noRestrictedImports = { level: "error", options: { patterns: [{ group, message }] } };
  return { includes, linter: { rules: { style: { noRestrictedImports } } } };
}

/** One rule for each depth: an import leaves the folder by as many steps up as the file is deep. */
function rulesOf(folder, allowed) {
  const may = allowed.filter((name) => name !== folder);
  const message = `${folder}/ may import ${quoted(may) || "no other folder"}: scripts/walls.mjs`;
  return Array.from({ length: DEEPEST }, (_, depth) => {
    const up = "../".repeat(depth + 1);
    const doors = may.map((name) => (name.endsWith(".js") ? `!${up}${name}` : `!${up}${name}/**`));
    const includes = [`**/src/${folder}/${"*/".repeat(depth)}*.ts`];
    return override(includes, [`${up}**`, `./../**`, "mllm-shap", ...doors], message);
  });
}

/** Biome's configuration, as scripts/biome.walls.json holds it. */
export function wallsConfig() {
  const root = override(["**/src/*.ts"], ["./cli/**", "mllm-shap"], "nothing imports cli/: scripts/walls.mjs");
  return { overrides: [root, ...Object.entries(WALLS).flatMap(([folder, allowed]) => rulesOf(folder, allowed))] };
}

/** The text of that file. */
export const wallsText = () =>
  `{"overrides": [\n${wallsConfig()
    .overrides.map((one) => JSON.stringify(one))
    .join(",\n")}\n]}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("biome.walls.json", import.meta.url), wallsText());
}
