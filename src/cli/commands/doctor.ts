import type { CheckRow } from "../../connectors/check_row.js";
import { defineCommand } from "../command.js";

/** What of this machine matters to a run. */
export const doctor = defineCommand<{ readonly json?: boolean }>({
  name: "doctor",
  summary: "look at this machine: runtime, devices, ffmpeg, folders and settings; exit code 1 where something that is needed fails",
  async options(command) {
    const { jsonOption } = await import("../options.js");
    command.addOption(jsonOption());
  },
  async run({ flags: { json } }, context) {
    const [{ examineMachine }, { checkText }, { printFound }, { escapeControl }] = await Promise.all([
      import("../machine.js"),
      import("../check_text.js"),
      import("../print_found.js"),
      import("../../util/escape.js"),
    ]);
    const rows: readonly CheckRow[] = await examineMachine(context.env);
    const toText = (found: readonly CheckRow[]): string => `${checkText(found).split("\n").map(escapeControl).join("\n")}\n`;
    await printFound(rows, toText, json, context);
    return rows.some(({ status }) => status === "failed") ? 1 : 0;
  },
});
