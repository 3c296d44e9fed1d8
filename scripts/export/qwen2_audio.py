"""Qwen2-Audio as three graphs: Whisper's encoder told what is padding, with its projector; a Qwen2.

    python qwen2_audio.py Qwen/Qwen2-Audio-7B-Instruct FOLDER --dtype float16
"""
import torch
from transformers import Qwen2AudioForConditionalGeneration, Qwen2AudioProcessor, Qwen2ForCausalLM

from command import run
from graphs import AUTO, export_decoder, export_embeddings, export_module, path_of, part_of


class AudioEncoder(torch.nn.Module):
    """Features [B, bins, 3000] of 30 s and which frames count [B, 3000] to rows [B, 750, hidden], of which as many count as the mask gives."""

    def __init__(self, model):
        super().__init__()
        self.tower = model.model.audio_tower
        self.projector = model.model.multi_modal_projector
        self.positions = model.config.audio_config.max_source_positions

    def forward(self, input_features, feature_attention_mask):
        # Positions of padding are hidden from attention, as the model itself does it.
        valid = (feature_attention_mask.sum(-1) - 1) // 2 + 1
        heard = torch.arange(self.positions)[None] < valid[:, None]
        mask = torch.where(heard[:, None, None, :], 0.0, torch.finfo(input_features.dtype).min).to(input_features.dtype)
        hidden = self.tower(input_features, attention_mask=mask.expand(-1, 1, self.positions, self.positions)).last_hidden_state
        return self.projector(hidden)


def decoder_of(model):
    return part_of(Qwen2ForCausalLM, model)


def export(model, folder):
    config = model.config
    bins, frames = config.audio_config.num_mel_bins, 2 * config.audio_config.max_source_positions
    sample = (torch.randn(2, bins, frames, dtype=model.dtype), torch.ones(2, frames, dtype=torch.long))
    export_decoder(decoder_of(model), config.text_config, path_of(folder, "decoder_model_merged"))
    export_embeddings(model.get_input_embeddings(), path_of(folder, "embed_tokens"), config.text_config.vocab_size)
    export_module(
        AudioEncoder(model), sample, ["input_features", "feature_attention_mask"], ["audio_features"], [{0: AUTO}, {0: AUTO}],
        path_of(folder, "audio_encoder"),
    )


if __name__ == "__main__":
    # The published repository leaves its template to the processor.
    run(__doc__, Qwen2AudioForConditionalGeneration, export, template_of=lambda name: Qwen2AudioProcessor.from_pretrained(name).chat_template)
