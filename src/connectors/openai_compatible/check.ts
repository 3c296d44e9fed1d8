import { ConnectorError, SpecError } from "../../errors.js";
import type { CheckRow } from "../check_row.js";
import type { LoadOptions } from "../types.js";
import { loadServed } from "./load.js";

/**
 * Asks a server what it is, scores a fixed text twice, and has a short question answered.
 * @throws SpecError where no server is named, or it has no such model.
 */
export async function checkServed(options: LoadOptions): Promise<readonly CheckRow[]> {
  const rows: CheckRow[] = [];
  try {
    const model = await loadServed(options);
    try {
      const { server, dtype } = model.identity;
      rows.push(
        {
          check: "server",
          found: `${model.usage.plan}`,
          status: "passed",
          detail: `${server?.origin}, weights in ${dtype}; ${server?.promise}`,
        },
        noiseRow(server?.noise ?? null),
      );
      const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "Say one word." }] }]);
      const { text, finishReason } = await model.generate(chat, { maxNewTokens: 8 });
      rows.push({ check: "answer", found: JSON.stringify(text), status: "passed", detail: `to "Say one word." (${finishReason})` });
    } finally {
      await model.dispose();
    }
  } catch (error) {
    if (!(error instanceof ConnectorError) || error instanceof SpecError) throw error;
    rows.push({ check: "server", found: options.server?.url ?? "none", status: "failed", detail: error.message });
  }
  return rows;
}

function noiseRow(noise: number | null): CheckRow {
  const check = "likelihood of a given answer";
  if (noise === null) return { check, found: "not told by this server", status: "skipped", detail: "use payoffs that are made of answers" };
  return {
    check,
    found: `told; two measurements differ by ${noise.toExponential(1)}`,
    status: "passed",
    detail: "a fixed text, alone and beside another",
  };
}
