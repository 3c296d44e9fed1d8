// Compares our tokeniser with transformers.js's own on texts with blanks, emoji, Chinese, Arabic and so on: token ids, and the decoded text.
//   npm run build && node scripts/compare-tokenizers.mjs FOLDER…      folders with tokenizer.json and tokenizer_config.json
import { resolve } from "node:path";
import { AutoTokenizer } from "@huggingface/transformers";
import { loadTokenizer } from "../dist/text/load_tokenizer.js";

const TEXTS = [
  "Turn on the kitchen light, please.",
  "turn   on  the lamp",
  "    def f(x):\n\t\treturn  x\n\n\n",
  " one leading blank",
  "trailing blanks   ",
  "Zażółć gęślą jaźń, émigré e\u0301",
  "日本語と漢字：中文测试。",
  "안녕하세요 세계",
  "مرحبا بالعالم، كيف حالك؟",
  "שלום עולם",
  "👩‍👩‍👧‍👦 and 🏳️‍🌈 and 🇵🇱!",
  "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𒀀 \u{10ffff}",
  "a\u0000b\u0001c",
  "1234567 3.14 -5e10",
  "<|im_start|>user\nhi<|im_end|>",
];

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error("give at least one folder");
  process.exit(2);
}
let different = 0;
for (const folder of folders.map((path) => resolve(path))) {
  const source = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const { tokenizer } = await loadTokenizer(folder);
  let same = 0;
  for (const text of TEXTS) {
    const ids = source.encode(text, { add_special_tokens: false });
    const own = [...tokenizer.encode(text, { first: true })];
    const decoded = source.decode(ids, { clean_up_tokenization_spaces: false });
    const joined = tokenizer.tokenTexts(ids, { first: true }).join("");
    if (own.join() === ids.join() && tokenizer.decode(ids) === decoded && joined === decoded) same += 1;
    else console.log(`${folder}: ${JSON.stringify({ text, ids, own, decoded, joined })}`);
  }
  different += TEXTS.length - same;
  console.log(`${folder}: ${same} of ${TEXTS.length} texts the same`);
}
process.exitCode = different === 0 ? 0 : 1;
