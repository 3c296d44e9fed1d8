"""A random Granite-speech with transformers' own code, exported as the real one is: a conformer, three rows every 300 ms, a Granite.

    python granite_speech.py ../../fixtures/tiny/granite-speech ../../test/truth/granite-speech.json ../../configs/audio/kitchen-light.wav
"""
import json
import os
import sys

import torch
from transformers import GraniteSpeechConfig, GraniteSpeechForConditionalGeneration
from transformers.audio_utils import mel_filter_bank

from exporters import exporter
from folder import plain, tokenizer_of, write_json, write_text_files
from truth import Truth, read_wav

export = exporter("granite_speech")
MELS, HIDDEN, WINDOW, SCALING = 80, 32, 15, 2.0
SPECIAL = ["<|end_of_text|>", "<|audio|>"]
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}{{- 'USER: ' + message['content'] + '\\n ASSISTANT:' }}"
    "{% elif message['role'] == 'assistant' %}{{- message['content'] + '<|end_of_text|>' }}{% else %}{{- message['content'] + '\\n' }}{% endif %}{% endfor %}"
)
TEXTS = ["what is said", "in short"]
FILTERS = torch.tensor(mel_filter_bank(257, MELS, 0.0, 8000.0, 16000, norm=None, mel_scale="htk"), dtype=torch.float32)


def features(samples):
    """transformers' extractor without torchaudio, whose spectrogram this is: power of 512 points, HTK's mel, no norm."""
    window = torch.hann_window(400, periodic=True)
    spectrum = torch.stft(torch.tensor(samples), 512, 160, 400, window, center=True, pad_mode="reflect", return_complex=True).abs() ** 2
    logs = (spectrum.T @ FILTERS).clip(min=1e-10).log10()
    logs = torch.maximum(logs, logs.amax() - 8) / 4 + 1
    return logs[: len(logs) // 2 * 2].reshape(-1, 2 * MELS)


def main(folder, truth, clip):
    torch.manual_seed(5)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    place = tokenizer.token_to_id("<|audio|>")
    config = GraniteSpeechConfig(
        text_config=dict(
            model_type="granite", vocab_size=tokenizer.get_vocab_size(), hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, embedding_multiplier=3.0, logits_scaling=SCALING,
            residual_multiplier=0.5, attention_multiplier=0.2, initializer_range=0.3, tie_word_embeddings=False, bos_token_id=0, eos_token_id=0, pad_token_id=0,
        ),
        encoder_config=dict(
            model_type="granite_speech_encoder", input_dim=2 * MELS, num_layers=2, hidden_dim=16, num_heads=2, dim_head=8, output_dim=10,
            context_size=20, max_pos_emb=32, feedforward_mult=2, conv_kernel_size=5,
        ),
        projector_config=dict(
            model_type="blip_2_qformer", hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, encoder_hidden_size=16,
            cross_attention_frequency=1, use_qformer_text_input=False,
        ),
        audio_token_index=place, has_lora_adapter=False, downsample_rate=5, window_size=WINDOW, tie_word_embeddings=False,
    )
    config._attn_implementation = "eager"
    model = GraniteSpeechForConditionalGeneration(config).eval()
    # As they are made, sound would hardly be heard.
    for weight in [*model.model.encoder.parameters(), *model.model.projector.parameters()]:
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.3)
    export.export(model, folder)
    write_json(folder, "config.json", {
        "architectures": ["GraniteSpeechForConditionalGeneration"], "model_type": "granite_speech", "audio_token_index": place,
        "has_lora_adapter": False, "downsample_rate": 5, "window_size": WINDOW,
        "text_config": plain(config.text_config), "encoder_config": plain(config.encoder_config),
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 0, "eos_token_id": 0})
    write_json(folder, "preprocessor_config.json", {
        "feature_extractor_type": "GraniteSpeechFeatureExtractor", "sampling_rate": 16000,
        "melspec_kwargs": {"sample_rate": 16000, "n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": MELS},
    })
    write_text_files(folder, tokenizer, TEMPLATE, None, "<|end_of_text|>")

    encoder, decoder = export.AudioEncoder(model).eval(), export.decoder_of(model)
    told = Truth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="<|audio|>", before=[], clip=read_wav(clip), token_samples=4800, rows_per_token=WINDOW // 5, segment_tokens=3,
        # Two frames of 10 ms are one.
        sound=lambda samples: (len(samples) // 160 + 1) // 2, frame_samples=320, least=512,
        rendering="USER: " + TEXTS[0] + "<|audio|>" + TEXTS[1] + "\n ASSISTANT:",
        features=lambda samples: features(samples).T.numpy(), rows=lambda samples: encoder(features(samples)[None])[0],
        embed=lambda ids: model.get_input_embeddings()(torch.tensor(ids, dtype=torch.long)),
        logits=lambda x: decoder(inputs_embeds=x[None]).logits[0], end_ids=[0], steps=8,
    ).tell()
    # The same prompt through the whole model at once, which does not scale its logits.
    heard = features(read_wav(clip))[None]
    rows = -(-heard.shape[1] // WINDOW) * (WINDOW // 5)
    ids = [part for token in told["ids"] for part in ([place] * rows if token == place else [token])]
    whole = model(input_ids=torch.tensor(ids)[None], attention_mask=torch.ones(1, len(ids), dtype=torch.long), input_features=heard).logits[0, -1]
    told["whole_model"] = (whole / SCALING).detach().tolist()
    told["lengths"] = [[frames, encoder(torch.zeros(1, frames, 2 * MELS)).shape[1]] for frames in (1, 7, 15, 16, 20, 33, 40, 50)]
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
