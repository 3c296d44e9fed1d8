import { type Command, Option } from "commander";
import { SpecError } from "../errors.js";
import type { Output } from "./outputs.js";

export const JSON_SHAPES = ["object", "list"] as const;
export type JsonShape = (typeof JSON_SHAPES)[number];

export function addJsonShape(command: Command): void {
  command.addOption(
    new Option("--json-shape <shape>", "JSON is one object, or a list of any number (default: object for one, list for several)").choices(
      JSON_SHAPES,
    ),
  );
}

/** Whether JSON is a list: a matter of what was asked for, never of how many of it could be done. @param items that were asked for. */
export function asListOf(shape: JsonShape | undefined, items: number): boolean {
  return shape === undefined ? items !== 1 : shape === "list";
}

/** @throws SpecError where one object would have to hold several results. */
export function refuseShape(shape: JsonShape | undefined, outputs: readonly Output<never>[], items: number): void {
  const json = outputs.find(({ format }) => format.name === "json");
  if (shape !== "object" || items <= 1 || json === undefined) return;
  const name = json.file ?? "standard output";
  throw new SpecError(`--json-shape object: ${name} would hold ${items} results; use list, .jsonl, or a file each (-o {stem}.json)`);
}
