"""Gemma 4 as three graphs, without what sees: a conformer told what is padding; embeddings with those of each layer; a Gemma.

    python gemma4.py google/gemma-4-E2B-it FOLDER --dtype float16
"""
import torch
from transformers import Gemma4ForCausalLM, Gemma4ForConditionalGeneration
from transformers.models.gemma4.modeling_gemma4 import Gemma4AudioModel

from command import run
from graphs import AUTO, export_decoder, export_model, export_module, part_of, path_of


class AudioEncoder(Gemma4AudioModel):
    """Features [B, T, bins] and which frames count [B, T] to rows [B, ceil(T / 4), hidden], of which a quarter of the frames that count do."""

    def forward(self, input_features, attention_mask=None):
        return {"audio_features": self.embed(super().forward(input_features, attention_mask).last_hidden_state)}


def encoder_of(model):
    with torch.device("meta"):
        encoder = AudioEncoder(model.config.audio_config)
    for name, module in model.model.audio_tower.named_children():
        setattr(encoder, name, module)
    encoder.embed = model.model.embed_audio
    return encoder.eval()


class Embeddings(torch.nn.Module):
    """What stands for sound or pictures is looked up as padding, as the model itself does it."""

    def __init__(self, model):
        super().__init__()
        self.model = model.model
        config = model.config
        self.places = [place for place in (config.audio_token_id, config.image_token_id, config.video_token_id) if place is not None]
        self.padding = config.text_config.pad_token_id

    def forward(self, input_ids):
        for place in self.places:
            input_ids = torch.where(input_ids == place, self.padding, input_ids)
        return self.model.get_input_embeddings()(input_ids), self.model.language_model.get_per_layer_inputs(input_ids)


def decoder_of(model):
    return part_of(Gemma4ForCausalLM, model)


def caches_of(config):
    """Layers that share the keys and values of earlier ones have none of their own; those that look at everything have larger heads."""
    own = range(config.num_hidden_layers - config.num_kv_shared_layers)
    return [(config.per_layer_config[i].num_key_value_heads, config.per_layer_config[i].head_dim) for i in own]


def export(model, folder):
    text = model.config.text_config
    per_layer = (text.num_hidden_layers, text.hidden_size_per_layer_input)
    export_decoder(decoder_of(model), text, path_of(folder, "decoder_model_merged"), caches=caches_of(text), per_layer_inputs=per_layer)
    export_module(
        Embeddings(model), (torch.randint(0, text.vocab_size, (2, 5)),), ["input_ids"], ["inputs_embeds", "per_layer_inputs"], [{0: AUTO, 1: AUTO}],
        path_of(folder, "embed_tokens"),
    )
    # 128 bins are no setting of the model's, but of its convolutions.
    sample = {"input_features": torch.randn(2, 37, 128, dtype=model.dtype), "attention_mask": torch.ones(2, 37, dtype=torch.bool)}
    names = {"attention_mask": "input_features_mask", "input.attention_mask": "input_features_mask"}
    export_model(encoder_of(model), sample, path_of(folder, "audio_encoder"), names, optimize=False)


if __name__ == "__main__":
    run(__doc__, Gemma4ForConditionalGeneration, export)
