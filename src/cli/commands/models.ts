import type { DeviceState, HeldModel } from "../../connectors/inventory.js";
import { DTYPE_SUFFIXES } from "../../connectors/model_files.js";
import { CONNECTORS } from "../../connectors/registry.js";
import { escapeControl } from "../../views/escape.js";
import type { Context } from "../context.js";

interface Inventory {
  readonly embedded: readonly HeldModel[];
  readonly cached: readonly HeldModel[];
  readonly devices: readonly DeviceState[];
  readonly connectors: readonly { readonly name: string; readonly description: string }[];
  readonly dtypes: readonly string[];
}

/** Lists what can be used here without fetching anything: text on a terminal, JSON otherwise. */
export async function modelsCommand({ json }: { readonly json?: boolean }, { terminal }: Context): Promise<number> {
  // Loading the runtime takes a moment that other commands need not wait for.
  const { cachedModels, devices, embeddedModels } = await import("../../connectors/inventory.js");
  const inventory: Inventory = {
    embedded: await embeddedModels(),
    cached: await cachedModels(),
    devices: await devices(),
    connectors: Object.entries(CONNECTORS).map(([name, { description }]) => ({ name, description })),
    dtypes: Object.keys(DTYPE_SUFFIXES),
  };
  const asJson = json === true || !terminal.stdoutIsTerminal;
  await terminal.print(asJson ? `${JSON.stringify(inventory, null, 2)}\n` : `${view(inventory).map(escapeControl).join("\n")}\n`);
  return 0;
}

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
