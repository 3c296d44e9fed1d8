"""The families: real architecture code at toy size, a tokeniser and a chat template in the family's style."""
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from tokenizers_of import LLAMA3_CUT, QWEN_CUT, byte_level, sentence_piece, special

CHATML = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


@dataclass(frozen=True)
class Family:
    name: str
    #: Name of the configuration and of the model class in transformers.
    config: str
    model: str
    #: Besides what all share: see `config_of`.
    settings: dict[str, Any]
    tokenizer: Callable[[], Tokenizer]
    tokenizer_class: str
    #: Names of special tokens: bos, eos, pad, unk.
    tokens: dict[str, str]
    #: File in templates/; None = a base model, explained as plain text.
    template: str | None
    #: Tokens that end an answer besides the tokeniser's eos.
    ends: tuple[str, ...] = ()
    #: Rows of the embedding beyond the tokeniser's last id.
    padding: int = 0
    #: How a turn is written, without any preamble; {role} and {content} are filled in. None = not the same for every turn.
    turn: str | None = None
    roles: dict[str, str] = field(default_factory=dict)

    @property
    def template_text(self) -> str | None:
        return None if self.template is None else (Path(__file__).parent / "templates" / self.template).read_text().strip()


def gqa(**more: Any) -> dict[str, Any]:
    """Two layers, four heads on two key-value heads of 16."""
    shape = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
    return {**shape, "max_position_embeddings": 256, "rms_norm_eps": 1e-5, **more}


def llama2_style(prefix: str, tail: tuple = (), begins: bool = True) -> Tokenizer:
    return sentence_piece(["<unk>", "<s>", "</s>"], prefix=prefix, bos="<s>", tail=tail, begins=begins)


CHATML_TURN = "<|im_start|>{role}\n{content}<|im_end|>\n"

FAMILIES = {
    family.name: family
    for family in (
        Family(
            "llama", "LlamaConfig", "LlamaForCausalLM",
            gqa(rope_theta=500000.0, rope_scaling={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}),
            lambda: byte_level(["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], cut=LLAMA3_CUT, bos="<|begin_of_text|>"),
            "PreTrainedTokenizerFast", {"bos": "<|begin_of_text|>", "eos": "<|eot_id|>"}, "llama3.jinja", ends=("<|end_of_text|>",),
            turn="<|start_header_id|>{role}<|end_header_id|>\n\n{content}<|eot_id|>",
        ),
        Family(
            "smollm2", "LlamaConfig", "LlamaForCausalLM", gqa(tie_word_embeddings=True, rope_theta=100000.0),
            lambda: byte_level(CHATML, cut="digits"), "GPT2Tokenizer",
            {"bos": "<|im_start|>", "eos": "<|im_end|>", "pad": "<|im_end|>", "unk": "<|endoftext|>"}, "chatml.jinja", turn=CHATML_TURN,
        ),
        Family(
            "qwen2", "Qwen2Config", "Qwen2ForCausalLM", gqa(tie_word_embeddings=True, rope_theta=1000000.0, num_attention_heads=2, num_key_value_heads=1),
            lambda: byte_level(CHATML, cut=QWEN_CUT, nfc=True), "Qwen2Tokenizer", {"eos": "<|im_end|>", "pad": "<|endoftext|>"},
            "chatml.jinja", ends=("<|endoftext|>",), padding=23, turn=CHATML_TURN,
        ),
        Family(
            "qwen3", "Qwen3Config", "Qwen3ForCausalLM", gqa(tie_word_embeddings=True, rope_theta=1000000.0),
            lambda: byte_level(CHATML, cut=QWEN_CUT, nfc=True, plain=("<think>", "</think>")), "Qwen2Tokenizer",
            {"eos": "<|im_end|>", "pad": "<|endoftext|>"}, "qwen3.jinja", ends=("<|endoftext|>",), turn=CHATML_TURN,
        ),
        Family(
            "gemma3", "Gemma3TextConfig", "Gemma3ForCausalLM",
            gqa(num_attention_heads=2, num_key_value_heads=1, layer_types=["sliding_attention", "full_attention"], sliding_window=8, query_pre_attn_scalar=16, tie_word_embeddings=True, hidden_activation="gelu_pytorch_tanh"),
            lambda: sentence_piece(
                ["<pad>", "<eos>", "<bos>", "<unk>"], prefix=None, bos="<bos>", tail=(special("<start_of_turn>"), special("<end_of_turn>")),
                runs=("\n\n", "\n\n\n", "▁▁", "▁▁▁", "▁▁▁▁"),
            ),
            "GemmaTokenizer", {"bos": "<bos>", "eos": "<eos>", "pad": "<pad>", "unk": "<unk>"}, "gemma3.jinja", ends=("<end_of_turn>",),
            turn="<start_of_turn>{role}\n{content}<end_of_turn>\n", roles={"assistant": "model"},
        ),
        Family(
            "phi3", "Phi3Config", "Phi3ForCausalLM",
            {k: v for k, v in gqa(num_attention_heads=2, num_key_value_heads=2, sliding_window=12, original_max_position_embeddings=256).items() if k != "head_dim"},
            lambda: llama2_style("always", tail=tuple(special(text, rstrip=True) for text in ("<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>")), begins=False),
            "LlamaTokenizer", {"bos": "<s>", "eos": "<|endoftext|>", "pad": "<|endoftext|>", "unk": "<unk>"}, "phi3.jinja", ends=("<|end|>",), padding=9,
            turn="<|{role}|>\n{content}<|end|>\n",
        ),
        Family(
            "mistral", "MistralConfig", "MistralForCausalLM", gqa(num_attention_heads=2, num_key_value_heads=1, sliding_window=10),
            lambda: llama2_style("first", tail=(special("[INST]"), special("[/INST]"))),
            "LlamaTokenizer", {"bos": "<s>", "eos": "</s>", "unk": "<unk>"}, "mistral.jinja",
        ),
        Family(
            "granite", "GraniteConfig", "GraniteForCausalLM",
            {k: v for k, v in gqa(num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=True, embedding_multiplier=2.0, attention_multiplier=0.125, residual_multiplier=0.8, logits_scaling=2.0).items() if k != "head_dim"},
            lambda: byte_level(["<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>"], cut="digits"), "GPT2Tokenizer",
            {"bos": "<|end_of_text|>", "eos": "<|end_of_text|>", "pad": "<|end_of_text|>", "unk": "<|end_of_text|>"}, "granite.jinja",
            turn="<|start_of_role|>{role}<|end_of_role|>{content}<|end_of_text|>\n",
        ),
        Family(
            "smollm3", "SmolLM3Config", "SmolLM3ForCausalLM",
            gqa(tie_word_embeddings=True, no_rope_layers=[1, 0], rope_theta=50000.0),
            lambda: byte_level(["<|begin_of_text|>", "<|end_of_text|>", *CHATML[1:]], cut=LLAMA3_CUT, plain=("<think>", "</think>")),
            "PreTrainedTokenizerFast", {"bos": "<|begin_of_text|>", "eos": "<|im_end|>", "pad": "<|im_end|>"}, "smollm3.jinja", turn=CHATML_TURN,
        ),
        Family(
            "lfm2", "Lfm2Config", "Lfm2ForCausalLM",
            {**{k: v for k, v in gqa(num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1).items() if k not in ("head_dim", "rms_norm_eps")},
             "layer_types": ["conv", "full_attention", "conv"], "conv_L_cache": 3, "block_auto_adjust_ff_dim": False, "norm_eps": 1e-5, "tie_word_embeddings": True},
            lambda: byte_level(["<|pad|>", "<|startoftext|>", *CHATML], cut=LLAMA3_CUT, bos="<|startoftext|>"), "PreTrainedTokenizerFast",
            {"bos": "<|startoftext|>", "eos": "<|im_end|>", "pad": "<|pad|>"}, "lfm2.jinja", turn=CHATML_TURN,
        ),
        Family(
            "gpt2", "GPT2Config", "GPT2LMHeadModel", {"n_positions": 128, "n_embd": 32, "n_layer": 2, "n_head": 2},
            lambda: byte_level(["<|endoftext|>"]), "GPT2Tokenizer", {"bos": "<|endoftext|>", "eos": "<|endoftext|>", "unk": "<|endoftext|>"}, None,
        ),
    )
}
