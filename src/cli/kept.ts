import type { LazyMemo } from "./memo.js";
import type { Progress } from "./progress.js";

/** What an interruption leaves of the game that was being played, in words; null where none was. */
export async function keptLine(played: ReturnType<Progress["played"]>, memo: LazyMemo): Promise<string | null> {
  if (played === null || played.done === 0) return null;
  const { done, total } = played;
  const count = total === null ? number(done) : `${number(done)} of ${number(total)}`;
  return (await memo.keeps())
    ? `${count} answers are kept; the same command goes on from there`
    : `${count} answers are lost: nothing was remembered on disk`;
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}
