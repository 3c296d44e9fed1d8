"""A random model in the published layout of LFM3-Audio: an encoder, and an LFM3 that takes token ids beside rows of sound.

    python lfm3_audio.py ../../fixtures/tiny/lfm3-audio ../../test/truth/lfm3-audio.json ../../configs/audio/kitchen-light.wav

The language model is transformers' own (Lfm3ForCausalLM), and so are the encoder's layers (LFM2). What is around them is remote code that is not in transformers, written
out here from what is known of it: three convolutions of stride 2, layers that look some rows back, two linear layers behind a norm; rows of sound in the places of
<|audio|>, sums of code embeddings in those of <|audio_out|>, in the order of these places in the flattened batch.
"""
import json
import os
import sys

import numpy as np
import torch
from torch import nn
from transformers import Lfm2Config, Lfm2Model, Lfm3Config, Lfm3ForCausalLM
from transformers.audio_utils import mel_filter_bank

from exporters import exporter
from folder import plain, tokenizer_of, write_json, write_text_files
from truth import Truth, read_wav

graphs = exporter("graphs")
BINS, HIDDEN, WINDOW, HOP, STRIDE = 128, 32, 400, 160, 8
CODEBOOKS, CODES = 12, 9
FLOOR, OFFSET, DIVISOR = -12.0, 4.0, 4.0
SPECIAL = [
    "<|pad|>", "<|startoftext|>", "<|im_start|>", "<|im_end|>", "<|audio|>", "<|audio_out|>", "<|audio_start|>", "<|mixed_start|>", "<|text_end|>",
    "<think>", "</think>",
]
TEMPLATE = (
    "{{- bos_token }}{% for message in messages %}{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% if enable_thinking is defined and not enable_thinking %}{{- '<think></think>' }}{% endif %}{% endif %}"
)
TEXTS = ["what is said", "in short"]
SILENT = (FLOOR + OFFSET) / DIVISOR


def filled(samples):
    """Zeros behind a clip, so that windows end where it ends."""
    length = max(len(samples), WINDOW)
    return np.pad(samples, (0, length + -(length - WINDOW) % HOP - len(samples)))


def frames_of(samples):
    return (len(filled(samples)) - WINDOW) // HOP + 1


def features_of(samples):
    """[bins, frames]: log10 of the mel power of windows that begin in the clip, a quarter of it and 1."""
    windows = torch.from_numpy(filled(samples).astype(np.float64)).unfold(0, WINDOW, HOP) * torch.hann_window(WINDOW, periodic=True, dtype=torch.float64)
    power = torch.fft.rfft(windows).abs() ** 2
    bank = mel_filter_bank(WINDOW // 2 + 1, BINS, 0.0, 8000.0, 16000, norm="slaney", mel_scale="slaney")
    log = torch.log10(torch.clamp(power @ torch.from_numpy(bank), min=10**FLOOR))
    return ((log + OFFSET) / DIVISOR).T.float()


def looking_back(queries, keys, window, dtype):
    """Added to scores: a position sees itself and what is before it, `window` positions at most; None = all of it."""
    ahead = keys[:, None, :] > queries[:, :, None]
    if window is not None:
        ahead = ahead | (queries[:, :, None] - keys[:, None, :] >= window)
    return torch.where(ahead, torch.finfo(dtype).min, 0.0).to(dtype)[:, None]


class AudioEncoder(nn.Module):
    """Features [B, bins, T] to rows [B, ceil(T / 8), hidden]."""

    def __init__(self, channels=8, window=6):
        super().__init__()
        self.config = Lfm2Config(
            hidden_size=HIDDEN, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, vocab_size=1, conv_L_cache=3, block_auto_adjust_ff_dim=False,
            layer_types=["conv", "full_attention", "conv"], initializer_range=0.3, pad_token_id=0, attn_implementation="eager",
        )
        self.channels, self.window = channels, window
        stage = lambda: nn.Sequential(nn.Conv2d(channels, channels, 3, 2, 1, groups=channels), nn.Conv2d(channels, channels, 1), nn.SiLU())
        self.convolutions = nn.Sequential(nn.Conv2d(1, channels, 3, 2, 1), nn.SiLU(), stage(), stage())
        self.linear = nn.Linear(channels * BINS // STRIDE, HIDDEN)
        self.stack = Lfm2Model(self.config)
        self.adapter = nn.Sequential(nn.LayerNorm(HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, HIDDEN))

    def forward(self, input_features):
        maps = self.convolutions(input_features.transpose(1, 2)[:, None])
        hidden = self.linear(maps.permute(0, 2, 1, 3).flatten(2))
        at = torch.arange(hidden.shape[1])[None]
        mask = looking_back(at, at, self.window, hidden.dtype)
        turned = self.stack.rotary_emb(hidden, position_ids=at)
        for layer, kind in zip(self.stack.layers, self.config.layer_types):
            hidden = layer(hidden, position_embeddings=turned, attention_mask=None if kind == "conv" else mask, position_ids=at)
        return self.adapter(self.stack.embedding_norm(hidden))


class Caches:
    """What a pass is given of layers and gives back, in the order of layers."""

    def __init__(self, past):
        self.past, self.present = past, {}

    def update(self, key, value, layer, **_):
        self.present[layer] = tuple(torch.cat([old, new], 2) for old, new in zip(self.past[layer], (key, value)))
        return self.present[layer]

    def get_conv_state(self, *_, **__):
        """None: steps of one token are no special case."""
        return None

    def update_conv_state(self, hidden, layer, **_):
        joined = torch.cat([self.past[layer][0], hidden], -1)
        self.present[layer] = (joined[:, :, -self.past[layer][0].shape[-1]:],)
        return joined


class Decoder(nn.Module):
    """Token ids [B, S] with rows of sound [N, hidden] and codes of spoken frames [F, codebooks] in the places of theirs."""

    def __init__(self, model, audio, audio_out):
        super().__init__()
        self.model, self.audio, self.audio_out = model, audio, audio_out
        self.code_embedding = nn.Embedding(CODEBOOKS * CODES, HIDDEN)

    def slots(self):
        """Names of the caches of each layer."""
        return [
            [f"past_conv.{i}"] if kind == "conv" else [f"past_key_values.{i}.key", f"past_key_values.{i}.value"]
            for i, kind in enumerate(self.model.config.layer_types)
        ]

    def placed(self, embeddings, ids, place, rows):
        """As masked_scatter does it: the n-th place of the flattened batch has the n-th row."""
        there = ids == place
        nth = torch.where(there, torch.cumsum(there.flatten().long(), 0).reshape(there.shape), 0)
        return torch.where(there[..., None], torch.cat([torch.zeros(1, HIDDEN), rows])[nth], embeddings)

    def forward(self, input_ids, audio_features, audio_out_codes, attention_mask, position_ids, *flat):
        model, config = self.model.model, self.model.config
        spoken = self.code_embedding(audio_out_codes + CODES * torch.arange(CODEBOOKS)[None]).sum(1)
        hidden = self.placed(model.embed_tokens(input_ids), input_ids, self.audio, audio_features)
        hidden = self.placed(hidden, input_ids, self.audio_out, spoken)
        rest = list(flat)
        caches = Caches([tuple(rest.pop(0) for _ in names) for names in self.slots()])
        keys = torch.cumsum(attention_mask, 1) - 1
        hide = torch.where(attention_mask[:, None, None] == 0, torch.finfo(hidden.dtype).min, 0.0)
        masks = {"conv": attention_mask[:, -input_ids.shape[1]:].to(hidden.dtype)}
        for kind, window in (("full_attention", None), ("sliding_attention", config.sliding_window)):
            masks[kind] = torch.clamp(looking_back(position_ids, keys, window, hidden.dtype) + hide, min=torch.finfo(hidden.dtype).min)
        turned = {kind: model.rotary_emb(hidden, position_ids=position_ids, layer_type=kind) for kind in model.rotary_emb.layer_types}
        for layer, kind in zip(model.layers, config.layer_types):
            hidden = layer(hidden, position_embeddings=turned.get(kind), attention_mask=masks[kind], position_ids=position_ids, cache=caches)
        logits = self.model.lm_head(model.embedding_norm(hidden))
        return (logits, *(tensor for i in range(config.num_hidden_layers) for tensor in caches.present[i]))


def export_decoder(decoder, path):
    """`logits_to_keep` as a scalar; caches by the names of Liquid's other models."""
    config, auto = decoder.model.config, graphs.AUTO
    rows, fed, past = 2, 5, 4
    ids = torch.tensor([[decoder.audio, 20, decoder.audio_out, decoder.audio_out, 21], [22, decoder.audio, decoder.audio, 23, decoder.audio_out]])
    names = [name for layer in decoder.slots() for name in layer]
    cache = lambda name: torch.randn(rows, HIDDEN, config.conv_L_cache) if "conv" in name else torch.randn(rows, config.num_key_value_heads, past, config.head_dim)
    args = (ids, torch.randn(3, HIDDEN), torch.randint(0, CODES, (3, CODEBOOKS)), torch.ones(rows, past + fed, dtype=torch.long), torch.arange(past, past + fed)[None].repeat(rows, 1))
    dynamic = ({0: auto, 1: auto}, {0: auto}, {0: auto}, {0: auto, 1: auto}, {0: auto, 1: auto})
    present = lambda name: name.replace("past_conv", "present_conv").replace("past_key_values", "present")
    graphs.export_module(
        decoder, (*args, *map(cache, names)), ["input_ids", "audio_features", "audio_out_codes", "attention_mask", "position_ids", *names],
        ["logits", *map(present, names)], (*dynamic, tuple({0: auto} if "conv" in name else {0: auto, 2: auto} for name in names)), path,
    )
    graphs.keep_last_logits(path, "logits_to_keep")


def conversation(teller, given, direct=False):
    """
    Ids, greedy answer and its log-probabilities of [role, parts] each, a part a text or [first, last) of the clip's samples; `direct`: without reasoning.
    """
    heard = [teller.rows(teller.clip[slice(*part)]) for _, parts in given for part in parts if not isinstance(part, str)]
    turns = "".join(f"<|im_start|>{role}\n{''.join(part if isinstance(part, str) else '<|audio|>' for part in parts)}<|im_end|>\n" for role, parts in given)
    rendering = f"<|startoftext|>{turns}<|im_start|>assistant\n" + ("<think></think>" if direct else "")
    ids = teller.tokenizer.encode(rendering, add_special_tokens=False).ids
    rows = iter(heard)
    prompt = torch.cat([next(rows) if token == teller.place else teller.embed([token]) for token in ids])
    answer = []
    while len(answer) < teller.steps and not set(answer[-1:]) & set(teller.end_ids):
        answer.append(int(teller.logits(torch.cat([prompt, teller.embed(answer)]))[-1].argmax()))
    return {"messages": given, "direct": direct, "ids": ids, "rows": [len(one) for one in heard], "answer": answer, "log_probabilities": teller.log_probabilities(prompt, answer)}


class FrameTruth(Truth):
    """Sound is masked in frames, which are normalised each by itself."""

    def heard(self, kept, mask):
        if mask == "embedding" or all(kept):
            return super().heard(kept, mask)
        features = self.features(self.clip)
        segment = lambda t: next((i for i, end in enumerate(self.edges[1:]) if t // STRIDE * self.token_samples < end), len(kept) - 1)
        keep = torch.tensor([bool(kept[segment(t)]) for t in range(features.shape[1])])
        if mask == "silence":
            return self.encode(torch.where(keep, features, torch.tensor(SILENT)))
        return self.encode(features[:, keep]) if any(kept) else None


def main(folder, truth, clip):
    torch.manual_seed(8)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    place, spoken, close = (tokenizer.token_to_id(text) for text in ("<|audio|>", "<|audio_out|>", "<|im_end|>"))
    config = Lfm3Config(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
        max_position_embeddings=4096, sliding_window=6, pad_token_id=0, bos_token_id=1, eos_token_id=close, initializer_range=0.3, attn_implementation="eager",
    )
    model = Lfm3ForCausalLM(config).eval()
    encoder, decoder = AudioEncoder().eval(), Decoder(model, place, spoken).eval()
    with torch.no_grad():
        graphs.export_module(encoder, (torch.randn(2, BINS, 37),), ["input_features"], ["audio_features"], [{0: graphs.AUTO, 2: graphs.AUTO}], graphs.path_of(folder, "audio_encoder"))
        export_decoder(decoder, graphs.path_of(folder, "decoder"))
    write_json(folder, "config.json", {
        "architectures": ["Lfm3AudioForConditionalGeneration"], "model_type": "lfm3_audio", "codebooks": CODEBOOKS, "audio_vocab_size": CODES,
        "preprocessor": {
            "feature_type": "log_mel", "sample_rate": 16000, "n_mels": BINS, "n_fft": WINDOW, "win_length": WINDOW, "hop_length": HOP, "window": "hann", "window_periodic": True,
            "center": False, "power": 2.0, "f_min": 0.0, "f_max": 8000.0, "mel_scale": "slaney", "mel_norm": "slaney", "log_base": 10, "logmel_floor": FLOOR,
            "normalization": {"type": "affine", "offset": OFFSET, "divisor": DIVISOR},
            "padding": {"side": "right", "mode": "constant", "value": 0.0, "minimum_samples": WINDOW, "length_alignment_offset": WINDOW, "length_alignment_multiple": HOP},
        },
        "encoder": {"dim_in": BINS, "dim_conv": encoder.channels, "dim_out": HIDDEN, "sliding_window": encoder.window, "lfm": plain(encoder.config)},
        "lfm": plain(config),
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 1, "eos_token_id": close})
    write_text_files(folder, tokenizer, TEMPLATE, "<|startoftext|>", "<|im_end|>")

    encode = lambda features: encoder(features[None])[0]
    logits = lambda x: model(inputs_embeds=x[None]).logits[0]
    teller = FrameTruth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="<|audio|>", before=(), clip=read_wav(clip), token_samples=STRIDE * HOP, segment_tokens=10,
        rendering="<|startoftext|><|im_start|>user\n" + TEXTS[0] + "<|audio|>" + TEXTS[1] + "<|im_end|>\n<|im_start|>assistant\n",
        features=features_of, rows=lambda samples: encode(features_of(samples)), sound=frames_of, embed=lambda ids: model.get_input_embeddings()(torch.tensor(ids, dtype=torch.long)),
        logits=logits, end_ids=[close], steps=8,
    )
    teller.encode = encode
    told = teller.tell()
    with torch.no_grad():
        told["conversations"] = [
            conversation(teller, [["user", ["what is the time"]]]),
            conversation(teller, [["user", ["what is the time"]]], direct=True),
            conversation(teller, [["system", ["be quiet"]], ["user", [[0, 16000], "and then", [16000, 24000], "now"]]]),
            conversation(teller, [["user", ["first", [0, 9000]]], ["assistant", ["yes it is"]], ["user", [[9000, 30000]]]]),
        ]
        told["lengths"] = [[frames, encode(torch.zeros(BINS, frames)).shape[0]] for frames in (1, 2, 8, 9, 437, 3000)]
    told["frames"] = [[samples, frames_of(np.zeros(samples))] for samples in (100, 400, 401, 560, 561, 16000, 70080)]
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
