// Model folders: configurations and tokenisers changed as JSON, templates and weights as bytes, graphs field by field, files that point elsewhere.
import { mutateBytes } from "./bytes.mjs";
import { mutateJson } from "./json.mjs";
import { mutateProto, withExternalData } from "./protobuf.mjs";

const TEMPLATES = [
  "{% for i in range(1000000000) %}{% endfor %}{{ messages[0].content }}",
  "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
  "{{ messages[0].content * 1000000 }}",
  "{{ ''.__class__.__mro__ }}",
  "{{ raise_exception('\u001b[2J') }}",
  "{% include '/etc/passwd' %}",
  "{{ messages }}{{ messages }}",
  "",
  "{%",
];
const PLACES = ["../outside.bin", "/etc/passwd", "/dev/zero", "onnx/../../../x", "model.onnx", "\u0000", ""];

/** @param model gives the files of an embedded model's folder, path → bytes. */
export function modelCase(rng, { model, audio }) {
  const speech = rng.chance(0.3);
  const files = { ...model(speech ? "audio" : "text") };
  const path = rng.pick(Object.keys(files).filter((name) => rng.chance(0.5) || !name.endsWith(".bin")) ?? Object.keys(files));
  if (path !== undefined) files[path] = changed(path, files[path], rng);
  const spec = {
    model: { connector: speech ? "liquid-audio" : "transformers-text", repo: "./model", device: "cpu" },
    messages: [{ role: "user", content: speech ? [{ type: "audio", path: "say.wav" }] : "turn on the light" }],
    generation: { max_new_tokens: 6 },
    explain: speech ? { players: { audio: "segment", segment_seconds: 0.5 }, sampler: "permutation", budget: 12 } : { players: "word" },
  };
  const inFolder = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`model/${name}`, bytes]));
  return {
    files: { ...inFolder, "say.wav": audio("speech.wav"), "spec.yaml": Buffer.from(JSON.stringify(spec)) },
    args: ["explain", "spec.yaml"],
    from: path,
  };
}

function changed(path, bytes, rng) {
  if (rng.chance(0.05)) return Buffer.alloc(0);
  if (path.endsWith(".json") && rng.chance(0.85)) return Buffer.from(JSON.stringify(mutateJson(JSON.parse(String(bytes)), rng)));
  if (path.endsWith(".jinja") && rng.chance(0.6)) return Buffer.from(rng.pick(TEMPLATES));
  if (path.endsWith(".onnx") && rng.chance(0.15)) return withExternalData(bytes, rng.pick(PLACES), rng);
  if (path.endsWith(".onnx") && rng.chance(0.8)) return mutateProto(bytes, rng);
  return mutateBytes(bytes, rng);
}
