import { ConnectorError, SpecError } from "../../errors.js";
import type { CheckRow } from "../check_row.js";
import { readFacts } from "../repo_facts.js";
import type { LoadOptions, Model } from "../types.js";
import type { SpeechFamily } from "./facts.js";
import { families } from "./registry.js";

/** @throws SpecError where the repository may not be reached, ConnectorError where no family has such files or they cannot be loaded. */
export async function loadFamily(options: LoadOptions): Promise<Model> {
  const family = await familyOf(options);
  const { template = null, templateKwargs = {} } = options;
  if (!family.templated && (template !== null || Object.keys(templateKwargs).length > 0)) {
    throw new SpecError(`model.template and model.template_kwargs are not for ${family.name}, whose turns are fixed`);
  }
  return await family.load(options);
}

export async function checkFamily(options: LoadOptions): Promise<readonly CheckRow[]> {
  try {
    return await (await familyOf(options)).check(options);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return [{ check: "files", found: options.config.repoId, status: "failed", detail: error.message }];
  }
}

async function familyOf(options: LoadOptions): Promise<SpeechFamily> {
  const facts = await readFacts(options, "audio");
  const family = families.find((one) => one.recognises(facts));
  if (family !== undefined) return family;
  const type = facts.config.model_type;
  const what = typeof type === "string" ? `models of type ${type}` : "such files";
  const known = families.map(({ name }) => name).join(", ");
  throw new ConnectorError(`${options.config.repoId}: no family of models that hear has ${what}: known are ${known}`);
}
