"""What a user of Python writes: one coalition after the other, caches within an answer. As the loops in TypeScript: told by a file, tells by JSON."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM

with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)
prompts = task["prompts"]
model = AutoModelForCausalLM.from_pretrained(task["weights"], local_files_only=True, dtype=torch.float32).eval()


@torch.no_grad()
def answer_of(prompt):
    """Greedy, the end token included where it comes."""
    ids = torch.tensor([prompt])
    settings = {"max_new_tokens": task["maxNewTokens"], "do_sample": False, "eos_token_id": task["endIds"], "pad_token_id": task["endIds"][0]}
    return model.generate(ids, attention_mask=torch.ones_like(ids), **settings)[0, len(prompt) :].tolist()


@torch.no_grad()
def mean_log_probability(prompt, answer):
    logits = model(torch.tensor([prompt + answer[:-1]]), use_cache=False).logits[0, len(prompt) - 1 :]
    return logits.double().log_softmax(-1)[range(len(answer)), answer].mean().item()


if task["payoff"] == "tfidf":
    answers = [answer_of(prompt) for prompt in prompts]
    values = [len(answer) for answer in answers]
else:
    answers = [answer_of(prompts[-1])]
    values = [mean_log_probability(prompt, answers[0]) for prompt in prompts]
print(json.dumps({"answers": answers, "values": values}))
