"""Granite-speech as three graphs: a conformer in blocks with its Q-Former; a Granite. Models whose adapter is on for audio alone are refused.

    python granite_speech.py ibm-granite/granite-4.0-1b-speech FOLDER --dtype float16
"""
import torch
import torch.nn.functional as F
from transformers import GraniteForCausalLM, GraniteSpeechForConditionalGeneration

from command import run
from graphs import AUTO, export_decoder, export_embeddings, export_module, path_of, part_of


def block_attention(self, hidden_states, attention_dists):
    """Attention within blocks, padding masked for every block alike: the model's own code asks whether there is any, which a graph cannot."""
    hidden = self.pre_norm(hidden_states)
    rows, frames, _ = hidden.shape
    size = self.context_size
    blocks = (frames + size - 1) // size
    hidden = F.pad(hidden, (0, 0, 0, blocks * size - frames))
    by_block = lambda x: x.reshape(rows * blocks, size, self.num_heads, self.dim_head).transpose(1, 2)
    query = by_block(self.to_q(hidden))
    key, value = (by_block(part) for part in self.to_kv(hidden).chunk(2, dim=-1))
    distances = torch.einsum("b h c d, c r d -> b h c r", query, self.rel_pos_emb(attention_dists))
    heard = (torch.arange(blocks * size) < frames).reshape(1, blocks, size).expand(rows, blocks, size)
    scores = (query @ key.transpose(-1, -2) + distances) * self.scale
    scores = scores.masked_fill(~heard.reshape(rows * blocks, 1, 1, size), torch.finfo(scores.dtype).min)
    out = (scores.softmax(-1) @ value).transpose(1, 2).reshape(rows, blocks * size, -1)
    return self.to_out(out[:, :frames, :])


class AudioEncoder(torch.nn.Module):
    """Features [1, T, 160] of 20 ms each to rows [1, 3 · ceil(T / 15), hidden]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_features):
        return self.model.model.get_audio_features(input_features).pooler_output


def decoder_of(model):
    """With the scaling of its logits, which transformers' class of the whole model leaves out."""
    return part_of(GraniteForCausalLM, model)


def export(model, folder):
    config = model.config
    if config.has_lora_adapter:
        raise SystemExit("this model has weights that are on where there is audio alone: conversations with and without it would be heard by two models")
    attention = type(model.model.encoder.layers[0].attn)
    own, attention.forward = attention.forward, block_attention
    try:
        export_decoder(decoder_of(model), config.text_config, path_of(folder, "decoder_model_merged"))
        export_embeddings(model.get_input_embeddings(), path_of(folder, "embed_tokens"), config.text_config.vocab_size)
        sample = (torch.randn(1, 50, config.encoder_config.input_dim, dtype=model.dtype),)
        export_module(AudioEncoder(model), sample, ["input_features"], ["audio_features"], [{1: AUTO}], path_of(folder, "audio_encoder"))
    finally:
        attention.forward = own


if __name__ == "__main__":
    run(__doc__, GraniteSpeechForConditionalGeneration, export)
