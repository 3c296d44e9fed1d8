import { factsOf } from "../../shared/facts.js";
import { titleOf } from "../../shared/title.js";
import { warningsOf } from "../../shared/warnings.js";
import { type Html, h, join } from "../markup.js";
import type { Shown } from "../section.js";

/** What was answered, and how it was asked and explained. */
export function head({ result, key }: Shown): Html {
  const [answer, ...facts] = factsOf(result);
  const sound = result.response.audio;
  const audio =
    sound?.content == null
      ? ""
      : h("audio", { controls: "", preload: "none", src: `data:audio/${sound.format ?? "wav"};base64,${sound.content}` });
  return h(
    "div",
    { class: "head" },
    h("h1", { id: key }, titleOf(result)),
    h("p", { class: "answer" }, h("small", {}, answer.label === "given" ? "the answer that was given" : "the model's answer"), answer.text),
    audio,
    h("dl", { class: "facts" }, join(facts.map(({ label, text }) => h("div", {}, h("dt", {}, label), h("dd", {}, text))))),
  );
}

export function warnings({ result }: Shown): Html {
  const all = warningsOf(result);
  if (all.length === 0) return join([]);
  return h("section", { class: "warnings" }, h("h2", {}, "To be known"), join(all.map((warning) => h("p", { class: "warning" }, warning))));
}
