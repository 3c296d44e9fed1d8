import type { TokenisationJoint } from "../../chat/types.js";
import type { Tokenizer } from "../../text/tokenizer.js";

/**
 * Differences between a piecewise tokenisation and that of the whole text. Linear in the tokens.
 * @param texts texts of the tokens `ids`; joined they give the prompt.
 */
export function tokenisationJoints(tokenizer: Tokenizer, ids: Int32Array, texts: readonly string[]): readonly TokenisationJoint[] {
  const wholeIds = tokenizer.encode(texts.join(""), { first: true });
  const wholeTexts = tokenizer.tokenTexts(wholeIds, { first: true });
  const joints: TokenisationJoint[] = [];
  let [i, j, at] = [0, 0, 0];
  while (i < ids.length || j < wholeIds.length) {
    if (ids[i] === wholeIds[j] && texts[i] === wholeTexts[j]) {
      at += (texts[i] as string).length;
      i++;
      j++;
      continue;
    }
    const [from, fromWhole] = [i, j];
    let [length, lengthWhole] = [0, 0];
    // Up to the next place where a token ends in both.
    do {
      if (i < ids.length && (length <= lengthWhole || j >= wholeIds.length)) length += (texts[i++] as string).length;
      else if (j < wholeIds.length) lengthWhole += (wholeTexts[j++] as string).length;
    } while ((length !== lengthWhole || length === 0) && (i < ids.length || j < wholeIds.length));
    joints.push({ at, fed: texts.slice(from, i), whole: wholeTexts.slice(fromWhole, j) });
    at += length;
  }
  return joints;
}
