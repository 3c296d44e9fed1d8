"""A random Qwen2-Audio with transformers' own code, exported as the real one is: 30 s at once with a mask, 25 rows a second, a Qwen2.

    python qwen2_audio.py ../../fixtures/tiny/qwen2-audio ../../test/truth/qwen2-audio.json ../../configs/audio/kitchen-light.wav
"""
import json
import os
import sys

import torch
from transformers import Qwen2AudioConfig, Qwen2AudioForConditionalGeneration, WhisperFeatureExtractor

from exporters import exporter
from folder import plain, tokenizer_of, write_json, write_preprocessor, write_text_files
from truth import Truth, read_wav

export = exporter("qwen2_audio")
BINS, HIDDEN = 128, 32
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"]
SYSTEM = "<|im_start|>system\nyou are good.<|im_end|>\n"
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}{{- '" + SYSTEM.replace("\n", "\\n") + "' }}{% endif %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}"
)
TEXTS = ["what is said", "in short"]


def main(folder, truth, clip):
    torch.manual_seed(5)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    place, begin, end, close = (tokenizer.token_to_id(text) for text in ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>", "<|im_end|>"))
    config = Qwen2AudioConfig(
        audio_config=dict(
            model_type="qwen2_audio_encoder", d_model=16, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=32, num_mel_bins=BINS,
            max_source_positions=1500, initializer_range=0.3,
        ),
        text_config=dict(
            model_type="qwen2", vocab_size=tokenizer.get_vocab_size(), hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048, initializer_range=0.3, bos_token_id=0,
            eos_token_id=close, pad_token_id=0,
        ),
        audio_token_index=place,
    )
    config._attn_implementation = "eager"
    model = Qwen2AudioForConditionalGeneration(config).eval()
    export.export(model, folder)
    write_json(folder, "config.json", {
        "architectures": ["Qwen2AudioForConditionalGeneration"], "model_type": "qwen2_audio", "audio_token_index": place,
        "text_config": plain(config.text_config), "audio_config": plain(config.audio_config),
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 0, "eos_token_id": [0, close]})
    write_preprocessor(folder, BINS)
    write_text_files(folder, tokenizer, TEMPLATE, None, "<|im_end|>")

    extractor = WhisperFeatureExtractor(feature_size=BINS)
    extract = lambda samples: extractor(samples, sampling_rate=16000, return_tensors="pt", padding="max_length", return_attention_mask=True)
    encoder, decoder = export.AudioEncoder(model).eval(), export.decoder_of(model)
    count = lambda mask: int(((mask.sum() - 1) // 2 - 1) // 2 + 1)

    def rows(samples):
        heard = extract(samples)
        return encoder(heard["input_features"], heard["attention_mask"])[0, : count(heard["attention_mask"])]

    words = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    before, after = [*words("Audio 1: "), begin], [end, *words("\n")]
    told = Truth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="<|AUDIO|>", before=before, after=after, clip=read_wav(clip), token_samples=640, segment_tokens=20,
        rendering=SYSTEM + "<|im_start|>user\n" + TEXTS[0] + "<|AUDIO|>" + TEXTS[1] + "<|im_end|>\n<|im_start|>assistant\n",
        features=lambda samples: extract(samples)["input_features"][0].numpy(), rows=rows,
        embed=lambda ids: model.get_input_embeddings()(torch.tensor(ids, dtype=torch.long)),
        logits=lambda x: decoder(inputs_embeds=x[None]).logits[0], end_ids=[0, close], steps=8,
    ).tell()
    # The same prompt through the whole model at once: rows in the places of its own audio tokens.
    heard = extract(read_wav(clip))
    ids = [part for token in told["ids"] for part in ([*before, *[place] * count(heard["attention_mask"]), *after] if token == place else [token])]
    whole = model(
        input_ids=torch.tensor(ids)[None], attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        input_features=heard["input_features"], feature_attention_mask=heard["attention_mask"],
    ).logits[0, -1]
    told["whole_model"] = whole.detach().tolist()
    told["counts"] = [[frames, model.model.audio_tower._get_feat_extract_output_lengths(torch.tensor(frames))[1].item()] for frames in (3, 6, 7, 101, 500, 3000)]
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
