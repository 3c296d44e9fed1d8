"""Records what torch and transformers say of the cases in cases.json: python truth.py FOLDER MODEL

Written apart from the package, in the plainest way that can be checked by reading: every coalition's prompt is made by deleting token ids
from the whole prompt, every payoff is one forward pass without any cache, in double precision (transformers' norms and rotary angles stay
in single precision). Output: FOLDER/MODEL/truth.json.
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
#: How a template sets a turn apart: what stands before its content from here on, and what follows it.
TURNS = {"smollm2": ("<|im_start|>", "<|im_end|>\n")}


class Prompt:
    """A rendered conversation: ids, which player each token belongs to (-1: none), which turn, and what goes with an emptied turn."""

    def __init__(self, tokenizer, case, marks) -> None:
        messages, explain = case["messages"], case.get("explain", {})
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        self.ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        self.player, self.turn, self.content = ([-1] * len(self.ids) for _ in range(3))
        self.names, self.last_user = [], max((i for i, message in enumerate(messages) if message["role"] == "user"), default=-1)
        roles = ["user", "assistant"] if explain.get("system_roles", "system") == "system" else ["user"]
        cursor = 0
        for at, message in enumerate(messages):
            start = text.index(message["content"], cursor)
            cursor = start + len(message["content"])
            opened, closed = text.rindex(marks[0], 0, start), text.index(marks[1], cursor) + len(marks[1])
            units = units_of(message["content"], explain.get("players"), start) if message["role"] in roles else []
            for token, (begin, end) in enumerate(offsets):
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

    def log_probabilities(self, prompt, answer):
        """One number a token of the answer, natural logarithm."""
        logits = self.model(torch.tensor([prompt + answer]), use_cache=False).logits[0]
        steps = torch.log_softmax(logits[len(prompt) - 1 : -1].double(), dim=-1)
        return steps[range(len(answer)), answer].tolist()

    def answer(self, prompt, limit):
        """Greedy ids with the end token, and by how many logits the closest choice was won."""
        out = self.model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), max_new_tokens=limit, do_sample=False,
            pad_token_id=self.tokenizer.pad_token_id, output_logits=True, return_dict_in_generate=True,
        )  # fmt: skip
        closest = min((top[0] - top[1]).item() for top in (logits[0].topk(2).values for logits in out.logits))
        return out.sequences[0, len(prompt) :].tolist(), closest

    def text(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=True)


class Encoder:
    """all-MiniLM-L6-v2 as sentence-transformers runs it: the mean over all tokens of the last hidden states."""

    def __init__(self, folder) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float64).eval()

    def __call__(self, text):
        return self.model(**self.tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0)


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
    if case["messages"][-1]["role"] == "assistant":
        asked["messages"], given = case["messages"][:-1], case["messages"][-1]["content"]
    prompt = Prompt(decoder.tokenizer, asked, marks)
    if given is None:
        answer, closest = decoder.answer(prompt.ids, case["max_new_tokens"])
    else:
        answer, closest = decoder.tokenizer(given, add_special_tokens=False)["input_ids"], None
    found = {"prompt": prompt.ids, "answer": answer, "text": decoder.text(answer), "closest": closest}
    found["log_probabilities"] = decoder.log_probabilities(prompt.ids, answer)
    if "explain" not in case:
        return found
    n = len(prompt.names)
    prompts = [prompt.of(coalition) for coalition in coalitions(n)]
    steps = [decoder.log_probabilities(kept, answer) for kept in prompts]
    payoffs = [math.fsum(step) / len(step) for step in steps]
    found |= {"players": prompt.names, "payoffs": payoffs, "values": shapley(payoffs, n)}
    if case.get("embedding"):
        answers = [decoder.answer(kept, case["max_new_tokens"]) for kept in prompts]
        target = encoder(found["text"])
        likeness = [torch.cosine_similarity(target, encoder(decoder.text(ids)), dim=0).item() for ids, _ in answers]
        found["embedding"] = {
            "answers": [decoder.text(ids) for ids, _ in answers],
            "closest": min(margin for _, margin in answers),
            "payoffs": likeness,
            "values": shapley(likeness, n),
        }
    return found


@torch.inference_mode()
def main() -> None:
    folder, model = Path(sys.argv[1]), sys.argv[2]
    target = folder / model / "truth.json"
    source = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("truth.py", "cases.json"))).hexdigest()
    if target.exists() and json.loads(target.read_text())["source"] == source:
        return
    cases = json.loads((HERE / "cases.json").read_text())[model]
    decoder = Decoder(folder / model / "hf")
    encoder = Encoder(folder / "minilm" / "hf") if any(case.get("embedding") for case in cases) else None
    found = {}
    for case in cases:
        print(f"recording {model}: {case['name']}", flush=True)
        found[case["name"]] = record(case, decoder, encoder, TURNS[model])
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    target.write_text(json.dumps({"source": source, "versions": versions, "cases": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
