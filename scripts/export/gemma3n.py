"""Gemma 3n as three graphs, without what sees: a conformer told what is padding, filled up to 188 rows; embeddings with those of each layer; a Gemma.

    python gemma3n.py google/gemma-3n-E2B-it FOLDER --dtype float16
"""
import contextlib
from statistics import NormalDist

import torch
from transformers import Gemma3nForCausalLM, Gemma3nForConditionalGeneration
from transformers.models.gemma3n import modeling_gemma3n
from transformers.models.gemma3n.modeling_gemma3n import Gemma3nAudioEncoder, Gemma3nTextMLP

from command import run
from graphs import AUTO, cache_of, export_decoder, export_model, export_module, part_of, path_of


class Blind(Gemma3nForConditionalGeneration):
    """Without the tower that sees, which is timm's and would have to be installed."""

    def __init__(self, config):
        of_config = modeling_gemma3n.AutoModel.from_config
        modeling_gemma3n.AutoModel.from_config = lambda part: torch.nn.Identity() if part is config.vision_config else of_config(part)
        try:
            super().__init__(config)
        finally:
            modeling_gemma3n.AutoModel.from_config = of_config


class AudioEncoder(Gemma3nAudioEncoder):
    """Features [B, T, bins] and which frames count [B, T] to rows [B, rows, hidden]: one for 16 frames, those behind them the embedding of padding."""

    def forward(self, input_features, input_features_mask):
        heard = super().forward(input_features, ~input_features_mask)
        padding = self.embed(input_ids=torch.full((1, 1), self.last, dtype=torch.long))
        rows = torch.where(heard.audio_mel_mask[..., None], padding, self.embed(inputs_embeds=heard.last_hidden_state))
        filled = torch.cat([rows, padding.expand(rows.shape[0], self.rows, rows.shape[2])], 1)
        return {"audio_features": filled[:, : self.rows]}


def encoder_of(model):
    with torch.device("meta"):
        encoder = AudioEncoder(model.config.audio_config)
    for name, module in model.model.audio_tower.named_children():
        setattr(encoder, name, module)
    encoder.embed, encoder.last, encoder.rows = model.model.embed_audio, model.model.vocab_size - 1, model.config.audio_soft_tokens_per_image
    return encoder.eval()


class Embeddings(torch.nn.Module):
    """Tokens of pictures and of sound have tables of their own; what is in no table of the layers is looked up there as token 0."""

    def __init__(self, model):
        super().__init__()
        self.model = model.model

    def forward(self, input_ids):
        model = self.model
        embeds = model.get_input_embeddings()(input_ids)
        sees, hears = model.embed_vision, model.embed_audio
        own = lambda part, mask: part(input_ids=torch.where(mask, input_ids, part.vocab_offset + part.vocab_size - 1))
        seen = (input_ids >= sees.vocab_offset) & (input_ids < hears.vocab_offset)
        heard = input_ids >= hears.vocab_offset
        embeds = torch.where(seen[..., None], own(sees, seen), embeds)
        embeds = torch.where(heard[..., None], own(hears, heard), embeds)
        return embeds, model.language_model.get_per_layer_inputs(input_ids)


def decoder_of(model):
    return part_of(Gemma3nForCausalLM, model)


def gaussian_topk(self, inputs):
    """The model's own, whose quantile of the normal distribution no operator of ONNX computes."""
    quantile = NormalDist().inv_cdf(self.activation_sparsity)
    deviation = torch.sqrt((inputs - inputs.mean(-1, keepdim=True)).pow(2).mean(-1, keepdim=True))
    return torch.relu(inputs - (inputs.mean(-1, keepdim=True) + deviation * quantile))


@contextlib.contextmanager
def quantiles_as_numbers():
    own, Gemma3nTextMLP._gaussian_topk = Gemma3nTextMLP._gaussian_topk, gaussian_topk
    try:
        yield
    finally:
        Gemma3nTextMLP._gaussian_topk = own


def export(model, folder):
    text = model.config.text_config
    per_layer = (text.num_hidden_layers, text.hidden_size_per_layer_input)
    # Layers that share the keys and values of earlier ones have none of their own.
    caches = [cache_of(text)] * (text.num_hidden_layers - text.num_kv_shared_layers)
    with quantiles_as_numbers():
        export_decoder(decoder_of(model), text, path_of(folder, "decoder_model_merged"), caches=caches, per_layer_inputs=per_layer)
    export_module(
        Embeddings(model), (torch.randint(0, text.vocab_size, (2, 5)),), ["input_ids"], ["inputs_embeds", "per_layer_inputs"], [{0: AUTO, 1: AUTO}],
        path_of(folder, "embed_tokens"),
    )
    bins = model.config.audio_config.input_feat_size
    sample = {"input_features": torch.randn(2, 97, bins, dtype=model.dtype), "input_features_mask": torch.ones(2, 97, dtype=torch.bool)}
    names = {f"input.{name}": name for name in sample}
    export_model(encoder_of(model), sample, path_of(folder, "audio_encoder"), names, optimize=False)


if __name__ == "__main__":
    run(__doc__, Blind, export)
