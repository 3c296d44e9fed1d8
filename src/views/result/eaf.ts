import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { allAtOnce, defineFormat } from "../format.js";
import { columnFormat } from "../shared/numbers.js";
import { onlyOne } from "./only_one.js";
import { requireClips, type TimedClip } from "./timed.js";

/** ELAN's annotations (EAF 3.0): of every clip a tier of what is said, and below it one of values and one of their intervals. */
export const eaf = defineFormat<Result>()({
  name: "eaf",
  endings: [".eaf"],
  atEnd: true,
  holdsOne: true,
  needsSound: true,
  open: allAtOnce((results) => toEaf(onlyOne(results, "eaf"))),
});

/** The format asks for a date; a result has none, and the same result is the same file. */
const DATE = "1970-01-01T00:00:00Z";

function toEaf(result: Result): string {
  assertFinite(result, "results[0]");
  const clips = requireClips(result, "eaf");
  const format = columnFormat(result.players.map(({ value }) => value));
  const count = counter();
  const slots: string[] = [];
  const tiers = clips.flatMap((clip) => tiersOf(clip, clips.length > 1 ? ` ${clip.index + 1}` : "", { format, slots, count }));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<ANNOTATION_DOCUMENT AUTHOR="mllm-shap" DATE="${DATE}" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">`,
    '    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">',
    ...result.inputs.map(({ path }) => mediaOf(path)),
    "    </HEADER>",
    "    <TIME_ORDER>",
    ...slots,
    "    </TIME_ORDER>",
    ...tiers,
    '    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="said" TIME_ALIGNABLE="true"/>',
    '    <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="number" TIME_ALIGNABLE="false"/>',
    '    <CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>',
    "</ANNOTATION_DOCUMENT>",
    "",
  ].join("\n");
}

/** ELAN looks beside the file first; the absolute address that the format asks for is not known. */
function mediaOf(path: string): string {
  const address = escapeXml(encodeURI(path.replaceAll("\\", "/")));
  return `        <MEDIA_DESCRIPTOR MEDIA_URL="file:///${address.replace(/^\/+/, "")}" MIME_TYPE="${mimeOf(path)}" RELATIVE_MEDIA_URL="./${address.replace(/^\/+/, "")}"/>`;
}

const mimeOf = (path: string): string => (/\.wav$/i.test(path) ? "audio/x-wav" : "audio/*");

interface Writing {
  readonly format: (value: number) => string;
  /** Gets the moments that annotations refer to. */
  readonly slots: string[];
  readonly count: (kind: string) => string;
}

/** Ids such as a1, a2, ts1. */
function counter(): (kind: string) => string {
  const counts = new Map<string, number>();
  return (kind) => {
    const next = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, next);
    return `${kind}${next}`;
  };
}

function tiersOf({ units, seconds }: TimedClip, suffix: string, { format, slots, count }: Writing): readonly string[] {
  const slotAt = (ms: number): string => {
    const id = count("ts");
    slots.push(`        <TIME_SLOT TIME_SLOT_ID="${id}" TIME_VALUE="${ms}"/>`);
    return id;
  };
  // Annotations of one tier may not overlap, nor be without length.
  let at = 0;
  const said = units.map((unit) => {
    const start = Math.max(at, Math.round(unit.startS * 1_000));
    const end = Math.max(start + 1, Math.min(Math.round(unit.endS * 1_000), Math.round(seconds * 1_000)));
    at = end;
    return { ...unit, id: count("a"), from: slotAt(start), to: slotAt(end) };
  });
  const words = `words${suffix}`;
  const numbers = (name: string, text: (unit: (typeof said)[number]) => string): readonly string[] =>
    tier(
      `LINGUISTIC_TYPE_REF="number" PARENT_REF="${words}" TIER_ID="${name}${suffix}"`,
      said.map((unit) =>
        annotation(`<REF_ANNOTATION ANNOTATION_ID="${count("a")}" ANNOTATION_REF="${unit.id}"`, "REF_ANNOTATION", text(unit)),
      ),
    );
  return [
    ...tier(
      `LINGUISTIC_TYPE_REF="said" TIER_ID="${words}"`,
      said.map(({ id, from, to, text }) =>
        annotation(
          `<ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" TIME_SLOT_REF1="${from}" TIME_SLOT_REF2="${to}"`,
          "ALIGNABLE_ANNOTATION",
          text,
        ),
      ),
    ),
    ...numbers("values", ({ player }) => format(player.value)),
    ...numbers("intervals", ({ player: { interval } }) => (interval === null ? "" : `${format(interval[0])} ${format(interval[1])}`)),
  ];
}

function tier(attributes: string, annotations: readonly string[]): readonly string[] {
  return [`    <TIER ${attributes}>`, ...annotations, "    </TIER>"];
}

function annotation(opening: string, tag: string, text: string): string {
  return `        <ANNOTATION>${opening}><ANNOTATION_VALUE>${escapeXml(text)}</ANNOTATION_VALUE></${tag}></ANNOTATION>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What XML cannot hold at all, controls and halves of characters, is replaced. */
function escapeXml(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd").replace(/[&<>"]/g, (mark) => ENTITIES[mark] ?? mark);
}
