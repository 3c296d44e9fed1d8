"""Writes a family's Hugging Face folder: seeded random weights, configuration, tokeniser, template. make_models.py FOLDER FAMILY…"""
import json
import sys
import zlib
from pathlib import Path

import torch

torch.set_num_threads(1)
import transformers
from transformers import GenerationConfig, PreTrainedTokenizerFast

from families import FAMILIES, Family


def config_of(family: Family, tokenizer: PreTrainedTokenizerFast) -> transformers.PretrainedConfig:
    special = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return getattr(transformers, family.config)(vocab_size=len(tokenizer) + family.padding, **special, **family.settings)


def tokenizer_of(family: Family) -> PreTrainedTokenizerFast:
    tokens = {f"{name}_token": text for name, text in family.tokens.items()}
    wrapped = PreTrainedTokenizerFast(tokenizer_object=family.tokenizer(), clean_up_tokenization_spaces=False, **tokens)
    if family.template_text is not None:
        wrapped.chat_template = family.template_text
    return wrapped


@torch.no_grad()
def fill(model: torch.nn.Module, seed: int) -> None:
    """
    Weights large enough that answers differ from prompt to prompt, and that what earlier tokens say outweighs the last token's own
    embedding. All are bfloat16 numbers, as published ones are: they pack well.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        if "norm" in name or ".ln_" in name:
            plain = 1.0 if float(weight.float().mean()) > 0.5 else 0.0
            # Gemma's norms are of 1 + weight, and those behind a block say how much it adds to the stream.
            behind = 2.0 if plain == 0.0 and "post_" in name and name.endswith("weight") else 0.0
            weight.copy_(plain + behind + 0.2 * noise)
        elif weight.dim() == 1:
            weight.copy_(0.2 * noise)
        elif "embed" in name or ".wte" in name or ".wpe" in name or "lm_head" in name:
            weight.copy_((0.25 if "Gemma" in type(model).__name__ else 0.5) * noise)
        else:
            rows = weight.shape[0] if ".c_" in name else weight[0].numel()
            weight.copy_(1.8 * noise / rows**0.5)
        weight.copy_(weight.to(torch.bfloat16).to(weight.dtype))


def make(family: Family, folder: Path) -> None:
    tokenizer = tokenizer_of(family)
    config = config_of(family, tokenizer)
    model = getattr(transformers, family.model)(config).eval().float()
    fill(model, zlib.crc32(family.name.encode()))
    ends = [tokenizer.eos_token_id, *(tokenizer.convert_tokens_to_ids(text) for text in family.ends)]
    model.generation_config = GenerationConfig(bos_token_id=tokenizer.bos_token_id, eos_token_id=ends if len(ends) > 1 else ends[0], pad_token_id=tokenizer.pad_token_id)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    settings = folder / "tokenizer_config.json"
    own = {"tokenizer_class": family.tokenizer_class}
    if family.tokenizer_class == "LlamaTokenizer":
        # Without it, the class puts its bos in front whatever tokenizer.json says.
        own["add_bos_token"] = tokenizer("")["input_ids"] != []
    settings.write_text(json.dumps({**json.loads(settings.read_text()), **own}, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for name in sys.argv[2:] or FAMILIES:
        make(FAMILIES[name], Path(sys.argv[1]) / name)
        print(name, flush=True)
