"""Records what torch and transformers say of the cases in cases.json: python truth.py FOLDER MODEL

Written apart from the package, in the plainest way that can be checked by reading: every coalition's prompt is made by deleting token ids
from the whole prompt, every payoff is a forward pass without any cache or padding, in double precision (transformers' norms and rotary
angles stay in single precision). Output: FOLDER/MODEL/truth.json.
"""

import hashlib
import json
import math
import re
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).resolve().parent
#: Tokens of one pass at most, unless one row has more.
TOKENS = 2048
#: Of a judge, worst to best.
GRADES = range(1, 6)
#: How a template sets a turn apart: what stands before its content from here on, and what follows it.
TURNS = {"smollm2": ("<|im_start|>", "<|im_end|>\n"), "gemma": None}


class Prompt:
    """What a case feeds: ids, which player each token belongs to (-1: none), which turn, and what goes with an emptied turn."""

    def __init__(self, tokenizer, case, marks) -> None:
        plain, explain = case.get("prompt"), case.get("explain", {})
        messages = case["messages"] if plain is None else [{"role": "user", "content": plain}]
        text = plain or tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        encoded = tokenizer(text, add_special_tokens=plain is not None, return_offsets_mapping=True)
        self.ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        self.player, self.turn, self.content = ([-1] * len(self.ids) for _ in range(3))
        self.names, self.last_user = [], max((i for i, message in enumerate(messages) if message["role"] == "user"), default=-1)
        roles = ["user", "assistant"] if explain.get("system_roles", "system") == "system" else ["user"]
        cursor = 0
        for at, message in enumerate(messages):
            start = text.index(message["content"], cursor)
            cursor = start + len(message["content"])
            opened, closed = (0, cursor) if plain else (text.rindex(marks[0], 0, start), text.index(marks[1], cursor) + len(marks[1]))
            units = units_of(message["content"], explain.get("players"), start) if message["role"] in roles else []
            for token, (begin, end) in enumerate(offsets):
                if begin == end:  # a special token that stands for no text
                    continue
                if opened <= begin < closed:
                    self.turn[token] = at
                if start <= begin < cursor:
                    self.content[token] = at
                    first = begin + len(text[begin:end]) - len(text[begin:end].lstrip())
                    for unit, (left, right) in enumerate(units):
                        if left <= first < right:
                            self.player[token] = len(self.names) + unit
            self.names += [text[left:right] for left, right in units]
        if explain.get("players") == "token":
            kept = [token for token, player in enumerate(self.player) if player >= 0]
            self.player = [kept.index(token) if token in kept else -1 for token in range(len(self.ids))]
            self.names = [tokenizer.decode([self.ids[token]]) for token in kept]

    def of(self, coalition) -> list[int]:
        """Ids that a coalition keeps. A turn without content left goes with its template, except the last question."""
        kept = [token for token, player in enumerate(self.player) if player < 0 or coalition[player]]
        filled = {self.content[token] for token in kept}
        emptied = {turn for turn in set(self.content) - filled if turn != self.last_user}
        return [self.ids[token] for token in kept if self.turn[token] not in emptied or self.turn[token] < 0]


def units_of(content, players, start):
    if players == "word":
        return [(start + word.start(), start + word.end()) for word in re.finditer(r"\S+", content)]
    return [(start, start + len(content))] if players in ("turn", "token") else []


class Decoder:
    def __init__(self, folder) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()

    def log_probabilities(self, prompts, answer):
        """For each prompt one number a token of the answer, natural logarithm."""

        def score(rows):
            ids = torch.tensor([row + answer for row in rows])
            logits = self.model(ids, use_cache=False, logits_to_keep=len(answer) + 1).logits
            steps = torch.log_softmax(logits[:, :-1], dim=-1)
            return steps[:, range(len(answer)), answer].tolist()

        return by_length(prompts, score)

    def answers(self, prompts, limit):
        """For each prompt greedy ids with the end token, and by how many logits the closest choice was won."""
        end = self.model.generation_config.eos_token_id
        ends = set(end if isinstance(end, list) else [end])

        def generate(rows):
            ids = torch.tensor(rows)
            out = self.model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=limit, do_sample=False,
                pad_token_id=self.tokenizer.pad_token_id, output_logits=True, return_dict_in_generate=True,
            )  # fmt: skip
            found = []
            for row in range(len(rows)):
                answer = out.sequences[row, ids.shape[1] :].tolist()
                length = next((at + 1 for at, token in enumerate(answer) if token in ends), len(answer))
                pairs = [step[row].topk(2).values for step in out.logits[:length]]
                found.append((answer[:length], min((first - second).item() for first, second in pairs)))
            return found

        return by_length(prompts, generate)

    def text(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def grades(self, questions):
        """For each question the expected grade from 1 to 5: the law of the answer's first token, of the grades' tokens alone."""
        tokens = [self.tokenizer(str(grade), add_special_tokens=False)["input_ids"][0] for grade in GRADES]
        found = []
        for question in questions:
            chat = [{"role": "user", "content": question}]
            ids = self.tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
            law = torch.softmax(self.model(ids, use_cache=False).logits[0, -1, tokens], dim=-1)
            found.append(sum(grade * share.item() for grade, share in zip(GRADES, law)))
        return found


def by_length(rows, work):
    """What `work` makes of rows of one length at a time (nothing is padded), in order of the rows."""
    found = {}
    for length in sorted({len(row) for row in rows}):
        places = [at for at, row in enumerate(rows) if len(row) == length]
        fit = max(1, TOKENS // length)
        for start in range(0, len(places), fit):
            some = places[start : start + fit]
            found |= zip(some, work([rows[at] for at in some]))
    return [found[at] for at in range(len(rows))]


class Encoder:
    """all-MiniLM-L6-v2."""

    def __init__(self, folder) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float64).eval()

    def rows(self, text):
        return self.model(**self.tokenizer(text, return_tensors="pt")).last_hidden_state[0]

    def cosine(self, target, text):
        """As sentence-transformers compares them: means over all tokens."""
        return torch.cosine_similarity(self.rows(target).mean(dim=0), self.rows(text).mean(dim=0), dim=0).item()

    def bertscore(self, target, text):
        """F1 of Zhang et al. 2020, equation 1, on the texts' own tokens: neither [CLS] nor [SEP]."""
        reference, candidate = (torch.nn.functional.normalize(self.rows(one)[1:-1], dim=-1) for one in (target, text))
        if len(reference) == 0 or len(candidate) == 0:
            return 0.0
        alike = reference @ candidate.T
        recall, precision = alike.max(dim=1).values.mean().item(), alike.max(dim=0).values.mean().item()
        return 2 * recall * precision / (recall + precision) if recall + precision > 0 else 0.0


def coalitions(n):
    """All 2^n, bit i of the position = player i."""
    return [[(bits >> i) & 1 for i in range(n)] for bits in range(2**n)]


def shapley(payoffs, n):
    values = []
    for i in range(n):
        terms = []
        for bits in range(2**n):
            if bits >> i & 1:
                continue
            size = bits.bit_count()
            terms.append(math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n) * (payoffs[bits | 1 << i] - payoffs[bits]))
        values.append(math.fsum(terms))
    return values


def record(case, decoder, encoder, marks):
    asked = dict(case)
    given = None
    if "messages" in case and case["messages"][-1]["role"] == "assistant":
        asked["messages"], given = case["messages"][:-1], case["messages"][-1]["content"]
    prompt = Prompt(decoder.tokenizer, asked, marks)
    if given is None:
        [(answer, closest)] = decoder.answers([prompt.ids], case["max_new_tokens"])
    else:
        answer, closest = decoder.tokenizer(given, add_special_tokens=False)["input_ids"], None
    found = {"prompt": prompt.ids, "answer": answer, "text": decoder.text(answer), "closest": closest}
    found["log_probabilities"] = decoder.log_probabilities([prompt.ids], answer)[0]
    if "explain" not in case:
        return found
    n = len(prompt.names)
    prompts = [prompt.of(coalition) for coalition in coalitions(n)]
    steps = decoder.log_probabilities(prompts, answer)
    payoffs = [math.fsum(step) / len(step) for step in steps]
    found |= {"players": prompt.names, "payoffs": payoffs, "values": shapley(payoffs, n)}
    if "compared" in case:
        answers = decoder.answers(prompts, case["max_new_tokens"])
        texts = [decoder.text(ids) for ids, _ in answers]
        found |= {"answers": texts, "closest_answer": min(margin for _, margin in answers), "compared": {}}
        for kind, given in case["compared"].items():
            worth = COMPARE[kind](found["text"], texts, decoder, encoder, given)
            found["compared"][kind] = {"payoffs": worth, "values": shapley(worth, n)}
    return found


#: What each answer is worth beside the explained one. `given`: options of the payoff, as the case states them.
COMPARE = {
    "embedding": lambda target, texts, decoder, encoder, given: [encoder.cosine(target, text) for text in texts],
    "bertscore": lambda target, texts, decoder, encoder, given: [encoder.bertscore(target, text) for text in texts],
    "judge": lambda target, texts, decoder, encoder, given: decoder.grades(
        given["prompt"].replace("{reference}", target).replace("{answer}", text) for text in texts
    ),
}


def source_of(case):
    """Changes with the case and with this script: what was recorded otherwise is recorded again."""
    return hashlib.sha256(Path(__file__).read_bytes() + json.dumps(case).encode()).hexdigest()


@torch.inference_mode()
def main() -> None:
    folder, model = Path(sys.argv[1]), sys.argv[2]
    target = folder / model / "truth.json"
    known = json.loads(target.read_text())["cases"] if target.exists() else {}
    cases = json.loads((HERE / "cases.json").read_text())[model]
    missing = [case for case in cases if known.get(case["name"], {}).get("source") != source_of(case)]
    if not missing:
        return
    decoder = Decoder(folder / model / "hf")
    encoder = Encoder(folder / "minilm" / "hf") if any("compared" in case for case in missing) else None
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    for case in missing:
        print(f"recording {model}: {case['name']}", flush=True)
        known[case["name"]] = {"source": source_of(case), **record(case, decoder, encoder, TURNS[model])}
        target.write_text(json.dumps({"versions": versions, "cases": known}, ensure_ascii=False))


if __name__ == "__main__":
    main()
