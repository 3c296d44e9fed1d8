import type { DeviceState, HeldModel } from "../../connectors/inventory.js";
import { escapeControl } from "../../util/escape.js";
import { defineCommand } from "../command.js";
import { check } from "./check.js";

interface Inventory {
  readonly embedded: readonly HeldModel[];
  readonly cached: readonly HeldModel[];
  readonly devices: readonly DeviceState[];
  readonly connectors: readonly { readonly name: string; readonly description: string }[];
  readonly dtypes: readonly string[];
}

/** Lists what can be used here without fetching anything. */
export const models = defineCommand<{ readonly json?: boolean }>({
  name: "models",
  summary: "list the models, devices and precisions that can be used here",
  async options(command) {
    const { jsonOption } = await import("../options.js");
    command.addOption(jsonOption());
  },
  async run({ flags: { json } }, context) {
    const [{ cachedModels, devices, embeddedModels }, { DTYPE_SUFFIXES }, { connectors }] = await Promise.all([
      import("../../connectors/inventory.js"),
      import("../../repos/model_files.js"),
      import("../../connectors/registry.js"),
    ]);
    const inventory: Inventory = {
      embedded: await embeddedModels(),
      cached: await cachedModels(),
      devices: await devices(),
      connectors: connectors.map(({ name, summary }) => ({ name, description: summary })),
      dtypes: Object.keys(DTYPE_SUFFIXES),
    };
    const { printFound } = await import("../print_found.js");
    await printFound(inventory, (found) => `${view(found).map(escapeControl).join("\n")}\n`, json, context);
    return 0;
  },
  commands: [check],
});

function view({ embedded, cached, devices, connectors, dtypes }: Inventory): readonly string[] {
  return [
    "Embedded models",
    ...embedded.map(modelLine),
    "",
    "Models in the hub cache",
    ...(cached.length === 0 ? ["  none"] : cached.map(modelLine)),
    "",
    "Devices",
    ...devices.map(({ device, usable, reason }) => `  ${device.padEnd(8)}${usable ? "usable" : (reason ?? "not usable")}`),
    "",
    "Connectors",
    ...connectors.map(({ name, description }) => `  ${name}  ${description}`),
    "",
    "Precisions (where a repository has them)",
    `  ${dtypes.join(" ")}`,
  ];
}

function modelLine({ repo, bytes, revisions }: HeldModel): string {
  const size = bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return `  ${repo}  ${size}${revisions.length === 0 ? "" : `  ${revisions.join(", ")}`}`;
}
