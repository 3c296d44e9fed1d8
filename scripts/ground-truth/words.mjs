// Which words of an answer are copied from its command, and whether an explanation says so.

const bare = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/**
 * @param command of fixtures/conversations/nano-heldout.json: its words, and which of them decide the answer.
 * @param result its explanation, players words in order.
 * @returns how many words of the answer were looked at, and a line for each whose own word of the command is not the first.
 */
export function missesOf({ words, decides }, { players, outputs }) {
  if (players.length !== words.length) throw new Error(`${players.length} players for ${words.length} words`);
  const deciding = words.flatMap((word, i) => (decides[i] ? [{ word: bare(word), i }] : []));
  const misses = [];
  let checked = 0;
  for (const { text, values } of outputs.words) {
    const own = deciding.find(({ word }) => word === bare(text));
    if (own === undefined) continue;
    checked += 1;
    const first = values.indexOf(Math.max(...values));
    if (first !== own.i)
      misses.push(`${text.trim()}: ${words[first]} ${values[first].toFixed(3)}, ${words[own.i]} ${values[own.i].toFixed(3)}`);
  }
  if (checked !== deciding.length) throw new Error(`${checked} words of the answer for ${deciding.length} deciding ones`);
  return { checked, misses };
}
