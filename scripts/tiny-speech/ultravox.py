"""A random model in the shape of Ultravox v0.5: Whisper's encoder without the 30 s it insists on, a stacking projector, a Llama.

    python ultravox.py ../../fixtures/tiny/ultravox ../../test/truth/ultravox.json ../../configs/audio/kitchen-light.wav
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from transformers import LlamaConfig, LlamaForCausalLM, WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

import exporters  # noqa: F401, finds the modules of ../export
from folder import plain, tokenizer_of, write_json, write_preprocessor, write_text_files
from graphs import AUTO, export_decoder, export_embeddings, export_module
from truth import Truth, read_wav

BINS, STACK, INNER, HIDDEN = 80, 8, 64, 32
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|audio|>"]
TEMPLATE = (
    "{{- bos_token }}{% for message in messages %}{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
TEXTS = ["what is said", "in short"]


class Norm(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((size,), 0.4))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class AudioEncoder(torch.nn.Module):
    """Features [B, bins, T] to rows [B, (T + 1) // 2 stacked by 8 and one more, hidden], as published graphs give them."""

    def __init__(self, whisper):
        super().__init__()
        self.whisper = whisper
        self.before = Norm(whisper.config.d_model * STACK)
        self.up = torch.nn.Linear(whisper.config.d_model * STACK, INNER, bias=False)
        self.middle = Norm(INNER // 2)
        self.down = torch.nn.Linear(INNER // 2, HIDDEN, bias=False)

    def forward(self, audio_values):
        whisper = self.whisper
        x = F.gelu(whisper.conv1(audio_values))
        x = F.gelu(whisper.conv2(x)).permute(0, 2, 1)
        x = x + whisper.embed_positions.weight[: x.shape[1]]
        for layer in whisper.layers:
            x = layer(x, None)
            x = x[0] if isinstance(x, tuple) else x
        x = whisper.layer_norm(x)
        rows, positions, width = x.shape
        stacked = (positions + STACK - 1) // STACK + 1
        x = F.pad(x, (0, 0, 0, stacked * STACK - positions)).reshape(rows, stacked, width * STACK)
        x, gate = self.up(self.before(x)).chunk(2, -1)
        return self.down(self.middle(F.silu(gate) * x))


def main(folder, truth, clip):
    torch.manual_seed(5)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    vocabulary = tokenizer.get_vocab_size()
    audio_config = WhisperConfig(
        d_model=16, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=32, num_mel_bins=BINS, max_source_positions=1500,
        vocab_size=100, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16, init_std=0.3,
    )
    text_config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, max_position_embeddings=2048, initializer_range=0.3, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )
    encoder = AudioEncoder(WhisperEncoder(audio_config).eval()).eval()
    decoder = LlamaForCausalLM(text_config).eval()
    graph = lambda name: os.path.join(folder, "onnx", f"{name}.onnx")
    export_decoder(decoder, text_config, graph("decoder_model_merged"))
    export_embeddings(decoder.get_input_embeddings(), graph("embed_tokens"), vocabulary)
    export_module(encoder, (torch.randn(2, BINS, 100),), ["audio_values"], ["audio_features"], [{0: AUTO, 2: AUTO}], graph("audio_encoder"))
    end_ids = [tokenizer.token_to_id("<|end_of_text|>"), tokenizer.token_to_id("<|eot_id|>")]
    write_json(folder, "config.json", {
        "architectures": ["UltravoxModel"], "model_type": "ultravox", "audio_token_index": tokenizer.token_to_id("<|audio|>"), "stack_factor": STACK,
        "hidden_size": HIDDEN, "text_config": plain(text_config), "audio_config": {"model_type": "whisper", "d_model": 16, "num_mel_bins": BINS},
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 0, "eos_token_id": end_ids})
    write_json(folder, "processor_config.json", {"audio_placeholder": "<|audio|>", "encoder_ds_factor": 320, "stack_factor": STACK, "processor_class": "UltravoxProcessor"})
    write_preprocessor(folder, BINS)
    write_text_files(folder, tokenizer, TEMPLATE, "<|begin_of_text|>", "<|end_of_text|>")

    extractor = WhisperFeatureExtractor(feature_size=BINS)
    features = lambda samples: extractor(samples, sampling_rate=16000, return_tensors="np", padding="longest", truncation=False)["input_features"][0]
    told = Truth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="<|audio|>", before=[], clip=read_wav(clip), token_samples=2560, segment_tokens=5,
        rendering="<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n" + TEXTS[0] + "<|audio|>" + TEXTS[1] + "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        features=features, rows=lambda samples: encoder(torch.tensor(features(samples))[None])[0],
        embed=lambda ids: decoder.get_input_embeddings()(torch.tensor(ids, dtype=torch.long)),
        logits=lambda x: decoder(inputs_embeds=x[None]).logits[0], end_ids=end_ids, steps=8,
    ).tell()
    told["lengths"] = [[frames, encoder(torch.tensor(np.zeros((1, BINS, frames), dtype=np.float32))).shape[1]] for frames in (2, 16, 37, 100, 3000)]
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
