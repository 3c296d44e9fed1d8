"""Voxtral as three graphs: Whisper's encoder on chunks of 30 s with its projector, 375 rows each; a Llama.

    python voxtral.py mistralai/Voxtral-Mini-3B-2507 FOLDER --dtype float16
"""
import torch
from transformers import LlamaForCausalLM, VoxtralForConditionalGeneration

from command import run
from graphs import AUTO, export_decoder, export_embeddings, export_module, part_of, path_of


class AudioEncoder(torch.nn.Module):
    """Features [chunks, bins, 3000] to rows [375 · chunks, hidden]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, audio_values):
        return self.model.model.get_audio_features(audio_values).pooler_output


def decoder_of(model):
    return part_of(LlamaForCausalLM, model)


def export(model, folder):
    config = model.config
    bins, frames = config.audio_config.num_mel_bins, 2 * config.audio_config.max_source_positions
    export_decoder(decoder_of(model), config.text_config, path_of(folder, "decoder_model_merged"))
    export_embeddings(model.get_input_embeddings(), path_of(folder, "embed_tokens"), config.text_config.vocab_size)
    sample = (torch.randn(2, bins, frames, dtype=model.dtype),)
    export_module(AudioEncoder(model), sample, ["audio_values"], ["audio_features"], [{0: AUTO}], path_of(folder, "audio_encoder"))


if __name__ == "__main__":
    run(__doc__, VoxtralForConditionalGeneration, export)
