"""A random Qwen2-Audio that vLLM serves on a CPU and this package reads: the same weights as safetensors and as graphs, in one folder.

    python tiny_audio.py FOLDER

It wants torch, transformers 5, onnx, onnx-ir and onnxscript. The models of ../tiny-speech are smaller than vLLM's attention on a CPU takes: a head of 32 at least.
"""
import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tiny-speech"))

import torch
from exporters import exporter
from folder import tokenizer_of, write_json, write_preprocessor, write_text_files
from transformers import Qwen2AudioConfig, Qwen2AudioForConditionalGeneration, Qwen2AudioProcessor

export = exporter("qwen2_audio")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"]
BINS, HIDDEN, HEADS = 128, 64, 2


def config_of(tokenizer):
    end = tokenizer.token_to_id("<|im_end|>")
    return Qwen2AudioConfig(
        audio_config=dict(
            model_type="qwen2_audio_encoder", d_model=32, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=64, num_mel_bins=BINS,
            max_source_positions=1500, initializer_range=0.3, init_std=0.3,
        ),
        text_config=dict(
            model_type="qwen2", vocab_size=tokenizer.get_vocab_size(), hidden_size=HIDDEN, intermediate_size=128, num_hidden_layers=2,
            num_attention_heads=HEADS, num_key_value_heads=HEADS, max_position_embeddings=2048, initializer_range=0.3, bos_token_id=0,
            eos_token_id=end, pad_token_id=0, tie_word_embeddings=False,
        ),
        audio_token_index=tokenizer.token_to_id("<|AUDIO|>"),
    )


def main(folder):
    torch.manual_seed(19)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    config = config_of(tokenizer)
    config._attn_implementation = "eager"
    model = Qwen2AudioForConditionalGeneration(config).eval()
    model.save_pretrained(folder)
    with torch.no_grad():
        export.export(model, folder)
    # Every default is written out, as no reader but transformers knows them.
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump({**config.to_dict(), "architectures": ["Qwen2AudioForConditionalGeneration"]}, file, indent=1, default=str)
    write_json(folder, "generation_config.json", {"bos_token_id": 0, "eos_token_id": [0, tokenizer.token_to_id("<|im_end|>")]})
    write_preprocessor(folder, BINS)
    write_text_files(folder, tokenizer, Qwen2AudioProcessor.default_chat_template.fget(None), None, "<|im_end|>")


if __name__ == "__main__":
    main(*sys.argv[1:])
