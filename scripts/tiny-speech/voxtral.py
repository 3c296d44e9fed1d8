"""A random Voxtral with transformers' own code: chunks of 30 s, 375 rows each, a Llama.

    python voxtral.py ../../fixtures/tiny/voxtral ../../test/truth/voxtral.json ../../configs/audio/kitchen-light.wav
"""
import json
import os
import sys

import torch
from transformers import VoxtralConfig, VoxtralForConditionalGeneration, WhisperFeatureExtractor

from exporters import exporter
from folder import plain, tokenizer_of, write_json, write_preprocessor, write_text_files
from truth import Truth, read_wav

export = exporter("voxtral")
BINS, HIDDEN = 128, 32
SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AUDIO]", "[BEGIN_AUDIO]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"]
TEMPLATE = (
    "{{- bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{- '[INST]' + message['content'] + '[/INST]' }}"
    "{% elif message['role'] == 'system' %}{{- '[SYSTEM_PROMPT]' + message['content'] + '[/SYSTEM_PROMPT]' }}"
    "{% else %}{{- message['content'] + eos_token }}{% endif %}{% endfor %}"
)
TEXTS = ["what is said", "in short"]


def main(folder, truth, clip):
    torch.manual_seed(5)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    vocabulary = tokenizer.get_vocab_size()
    config = VoxtralConfig(
        audio_config=dict(
            model_type="voxtral_encoder", hidden_size=16, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_mel_bins=BINS,
            max_source_positions=1500, initializer_range=0.3,
        ),
        text_config=dict(
            model_type="llama", vocab_size=vocabulary, hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, max_position_embeddings=4096, rope_theta=1e8, initializer_range=0.3, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        ),
        audio_token_id=tokenizer.token_to_id("[AUDIO]"),
    )
    model = VoxtralForConditionalGeneration(config).eval()
    export.export(model, folder)
    decoder, encoder = export.decoder_of(model), export.AudioEncoder(model).eval()
    write_json(folder, "config.json", {
        "architectures": ["VoxtralForConditionalGeneration"], "model_type": "voxtral", "audio_token_id": config.audio_token_id,
        "hidden_size": HIDDEN, "text_config": plain(config.text_config), "audio_config": plain(config.audio_config),
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 1, "eos_token_id": 2})
    write_preprocessor(folder, BINS)
    write_text_files(folder, tokenizer, TEMPLATE, "<s>", "</s>")

    extractor = WhisperFeatureExtractor(feature_size=BINS)
    features = lambda samples: extractor(samples, sampling_rate=16000, return_tensors="np")["input_features"][0]
    told = Truth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="[AUDIO]", before=[tokenizer.token_to_id("[BEGIN_AUDIO]")], clip=read_wav(clip),
        token_samples=1280, segment_tokens=10, rendering="<s>[INST]" + TEXTS[0] + "[AUDIO]" + TEXTS[1] + "[/INST]",
        features=features, rows=lambda samples: encoder(torch.tensor(features(samples))[None]).reshape(-1, HIDDEN),
        embed=lambda ids: model.get_input_embeddings()(torch.tensor(ids, dtype=torch.long)),
        logits=lambda x: decoder(inputs_embeds=x[None]).logits[0], end_ids=[2], steps=8,
    ).tell()
    # The same prompt through the whole model at once: rows in the places of its own audio tokens.
    place, begin = config.audio_token_id, tokenizer.token_to_id("[BEGIN_AUDIO]")
    ids = [part for token in told["ids"] for part in ([begin] + [place] * 375 if token == place else [token])]
    whole = model(input_ids=torch.tensor(ids)[None], input_features=torch.tensor(features(read_wav(clip)))[None]).logits[0, -1]
    told["whole_model"] = whole.detach().tolist()
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
