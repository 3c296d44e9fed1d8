"""A random Gemma 4 with transformers' own code, exported as the real one is: 25 rows a second, embeddings for each layer, shared caches.

    python gemma4.py ../../fixtures/tiny/gemma4 ../../test/truth/gemma4.json ../../configs/audio/kitchen-light.wav
"""
import json
import os
import sys

import torch
from transformers import Gemma4AudioFeatureExtractor, Gemma4Config, Gemma4ForConditionalGeneration

from exporters import exporter
from folder import plain, tokenizer_of, write_json, write_text_files
from truth import Truth, read_wav

export = exporter("gemma4")
BINS, HIDDEN = 128, 32
SPECIAL = ["<pad>", "<eos>", "<bos>", "<|turn>", "<turn|>", "<|audio>", "<|audio|>", "<audio|>", "<|image|>", "<|video|>"]
TEMPLATE = (
    "{{- bos_token }}{% for message in messages %}{{- '<|turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n' + message['content'] + '<turn|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{- '<|turn>model\\n' }}{% endif %}"
)
TEXTS = ["what is said", "in short"]


def main(folder, truth, clip):
    torch.manual_seed(5)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    tokenizer = tokenizer_of(SPECIAL)
    place, begin, end, close, image, video = (tokenizer.token_to_id(text) for text in ("<|audio|>", "<|audio>", "<audio|>", "<turn|>", "<|image|>", "<|video|>"))
    size = tokenizer.get_vocab_size()
    config = Gemma4Config(
        text_config=dict(
            vocab_size=size, vocab_size_per_layer_input=size, hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=4, num_attention_heads=2,
            num_key_value_heads=1, head_dim=8, global_head_dim=16, hidden_size_per_layer_input=8, num_kv_shared_layers=2, sliding_window=8,
            layer_types=["sliding_attention", "full_attention"] * 2, final_logit_softcapping=30.0, max_position_embeddings=512, initializer_range=0.3,
            pad_token_id=0, eos_token_id=1, bos_token_id=2, use_double_wide_mlp=True,
        ),
        audio_config=dict(
            hidden_size=16, num_hidden_layers=2, num_attention_heads=2, subsampling_conv_channels=[128, 4], output_proj_dims=24, conv_kernel_size=3,
            attention_chunk_size=4, attention_context_left=5, initializer_range=0.3,
        ),
        vision_config=None, audio_token_id=place, boa_token_id=begin, eoa_token_index=end, image_token_id=image, video_token_id=video,
        boi_token_id=image, eoi_token_id=image,
    )
    model = Gemma4ForConditionalGeneration(config).eval()
    export.export(model, folder)
    text = config.text_config
    write_json(folder, "config.json", {
        "architectures": ["Gemma4ForConditionalGeneration"], "model_type": "gemma4", "audio_token_id": place,
        "text_config": {**plain(text), "layer_types": text.layer_types}, "audio_config": plain(config.audio_config),
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 2, "eos_token_id": [1, close], "pad_token_id": 0})
    extractor = Gemma4AudioFeatureExtractor()
    write_json(folder, "preprocessor_config.json", {
        "feature_extractor_type": "Gemma4AudioFeatureExtractor", "feature_size": BINS, "sampling_rate": 16000, "frame_length": 320, "hop_length": 160,
        "fft_length": 512, "min_frequency": 0.0, "max_frequency": 8000.0, "preemphasis": 0.0, "mel_floor": 0.001,
    })
    write_text_files(folder, tokenizer, TEMPLATE, "<bos>", "<eos>")

    encoder, decoder, embeddings = export.encoder_of(model), export.decoder_of(model), export.Embeddings(model).eval()
    extract = lambda samples: extractor([samples], return_tensors="pt")

    def embed(ids):
        """Rows of the decoder, behind each what its layers are fed besides."""
        rows, layers = embeddings(torch.tensor([list(ids)], dtype=torch.long))
        return torch.cat([rows[0], layers[0].flatten(1)], -1)

    def rows(samples):
        heard = extract(samples)
        count = -(-int(heard["input_features_mask"].sum()) // 4)
        found = encoder(heard["input_features"], heard["input_features_mask"])["audio_features"][0, :count]
        return torch.cat([found, embed([place] * count)[:, HIDDEN:]], -1)

    def logits(x):
        layers = x[None, :, HIDDEN:].reshape(1, len(x), text.num_hidden_layers, text.hidden_size_per_layer_input)
        return decoder(inputs_embeds=x[None, :, :HIDDEN], per_layer_inputs=layers).logits[0]

    told = Truth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="<|audio|>", before=[begin], after=[end], clip=read_wav(clip), token_samples=640, segment_tokens=20,
        sound=lambda samples: (len(samples) - 161) // 160 + 1, least=161, row_width=HIDDEN,
        rendering="<bos><|turn>user\n" + TEXTS[0] + "<|audio|>" + TEXTS[1] + "<turn|>\n<|turn>model\n",
        features=lambda samples: extract(samples)["input_features"][0].T.numpy(), rows=rows, embed=embed, logits=logits, end_ids=[1, close], steps=8,
    ).tell()
    # The same prompt through the whole model at once: rows in the places of its own audio tokens.
    heard = extract(read_wav(clip))
    count = -(-int(heard["input_features_mask"].sum()) // 4)
    ids = [part for token in told["ids"] for part in ([begin, *[place] * count, end] if token == place else [token])]
    whole = model(input_ids=torch.tensor(ids)[None], attention_mask=torch.ones(1, len(ids), dtype=torch.long), **heard).logits[0, -1]
    told["whole_model"] = whole.detach().tolist()
    told["lengths"] = [
        [frames, encoder(torch.zeros(1, frames, BINS), torch.ones(1, frames, dtype=torch.bool))["audio_features"].shape[1]] for frames in (1, 8, 20, 37, 64, 99)
    ]
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
