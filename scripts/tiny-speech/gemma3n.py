"""A random Gemma 3n with transformers' own code, exported as the real one is: 188 rows a clip, embeddings for each layer, shared caches.

    python gemma3n.py ../../fixtures/tiny/gemma3n ../../test/truth/gemma3n.json ../../configs/audio/kitchen-light.wav
"""
import json
import os
import sys

import torch
from transformers import Gemma3nAudioFeatureExtractor, Gemma3nConfig

from exporters import exporter
from folder import plain, tokenizer_of, write_json, write_text_files
from truth import Truth, read_wav

export = exporter("gemma3n")
BINS, HIDDEN, ROWS = 128, 32, 188
SPECIAL = ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_audio>"]
# Behind the tokens of text: those of pictures, then those of sound.
SEEN, HEARD = ["<end_of_image>", "<image_soft_token>"], ["<end_of_audio>", "<audio_soft_token>"]
TEMPLATE = (
    "{{- bos_token }}{% for message in messages %}{{- '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n' + message['content'] + '<end_of_turn>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{- '<start_of_turn>model\\n' }}{% endif %}"
)
TEXTS = ["what is", "in short"]


def main(folder, truth, clip):
    torch.manual_seed(5)
    torch.set_num_threads(1)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    # As of Gemma, line breaks in a row are one token: what stands around a clip runs into what stands before it.
    tokenizer = tokenizer_of(SPECIAL, breaks=4)
    words = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens(SEEN + HEARD)
    end, place, close = (tokenizer.token_to_id(text) for text in ("<end_of_audio>", "<audio_soft_token>", "<end_of_turn>"))
    image = tokenizer.token_to_id("<image_soft_token>")
    begin = tokenizer.token_to_id("<start_of_audio>")
    # One more than there are: the last embedding of sound is what fills up.
    size = tokenizer.get_vocab_size() + 1
    config = Gemma3nConfig(
        text_config=dict(
            vocab_size=size, vocab_size_per_layer_input=words, hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=4, num_attention_heads=2,
            num_key_value_heads=1, head_dim=16, hidden_size_per_layer_input=8, num_kv_shared_layers=2, sliding_window=64,
            layer_types=["sliding_attention", "full_attention"] * 2, activation_sparsity_pattern=[0.6, 0.0, 0.6, 0.0], laurel_rank=4,
            max_position_embeddings=1024, initializer_range=0.3, pad_token_id=0, eos_token_id=1, bos_token_id=2,
        ),
        audio_config=dict(
            vocab_size=size - words - len(SEEN), vocab_offset=words + len(SEEN), hidden_size=16, conf_num_hidden_layers=2, conf_num_attention_heads=2,
            conf_attention_chunk_size=4, conf_attention_context_left=5, sscp_conv_channel_size=[8, 4], initializer_range=0.3,
        ),
        vision_config=dict(vocab_size=len(SEEN), vocab_offset=words, hidden_size=16),
        audio_soft_tokens_per_image=ROWS, audio_token_id=place, boa_token_id=begin, eoa_token_id=end, image_token_id=image, boi_token_id=image,
        eoi_token_id=image,
    )
    model = export.Blind(config).eval()
    export.export(model, folder)
    text = config.text_config
    write_json(folder, "config.json", {
        "architectures": ["Gemma3nForConditionalGeneration"], "model_type": "gemma3n", "audio_token_id": place, "audio_soft_tokens_per_image": ROWS,
        "text_config": {**plain(text), "layer_types": text.layer_types}, "audio_config": plain(config.audio_config),
    })
    write_json(folder, "generation_config.json", {"bos_token_id": 2, "eos_token_id": [1, close], "pad_token_id": 0})
    extractor = Gemma3nAudioFeatureExtractor()
    write_json(folder, "preprocessor_config.json", {
        "feature_extractor_type": "Gemma3nAudioFeatureExtractor", "feature_size": BINS, "sampling_rate": 16000, "frame_length": 512, "hop_length": 160,
        "fft_length": 1024, "fft_overdrive": True, "min_frequency": 125.0, "max_frequency": 7600.0, "preemphasis": 0.97, "preemphasis_htk_flavor": True,
        "mel_floor": 1e-5, "dither": 0.0, "input_scale_factor": 1.0, "per_bin_mean": None, "per_bin_stddev": None,
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
        found = encoder(heard["input_features"], heard["input_features_mask"])["audio_features"][0]
        return torch.cat([found, embed([place] * ROWS)[:, HIDDEN:]], -1)

    def logits(x):
        layers = x[None, :, HIDDEN:].reshape(1, len(x), text.num_hidden_layers, text.hidden_size_per_layer_input)
        return decoder(inputs_embeds=x[None, :, :HIDDEN], per_layer_inputs=layers).logits[0]

    ids_of = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    opening, closing = [*ids_of("\n\n"), begin], [end, *ids_of("\n\n")]
    samples = read_wav(clip)
    told = Truth(
        tokenizer=tokenizer, texts=TEXTS, placeholder="<audio_soft_token>", before=opening, after=closing, clip=samples, token_samples=2560, segment_tokens=5,
        sound=lambda samples: (-(-len(samples) // 128) * 128 - 513) // 160 + 1, least=513, row_width=HIDDEN,
        rendering="<bos><start_of_turn>user\n" + TEXTS[0] + "<audio_soft_token>" + TEXTS[1] + "<end_of_turn>\n<start_of_turn>model\n",
        features=lambda samples: extract(samples)["input_features"][0].T.numpy(), rows=rows, embed=embed, logits=logits, end_ids=[1, close], steps=8,
    ).tell()
    # Prompts as the processor writes them, tokenised whole: a clip first, a clip behind a line break, two clips in a row.
    around = "\n\n<start_of_audio>" + "<audio_soft_token>" + "<end_of_audio>\n\n"
    told["knit"] = [
        {"parts": parts, "ids": ids_of("<bos><start_of_turn>user\n" + "".join(part or around for part in parts) + "<end_of_turn>\n<start_of_turn>model\n")}
        for parts in ([None, "what"], ["what\n", None, "in"], [None, None], ["what", None, "\nin"])
    ]
    # The same prompt through the whole model at once: rows in the places of its own audio tokens.
    heard = extract(samples)
    ids = [part for token in told["ids"] for part in ([*opening, *[place] * ROWS, *closing] if token == place else [token])]
    whole = model(input_ids=torch.tensor(ids)[None], attention_mask=torch.ones(1, len(ids), dtype=torch.long), **heard).logits[0, -1]
    told["whole_model"] = whole.detach().tolist()
    told["lengths"] = [
        [frames, encoder(torch.zeros(1, frames, BINS), torch.ones(1, frames, dtype=torch.bool))["audio_features"].shape[1]] for frames in (1, 8, 97, 2997)
    ]
    with open(truth, "w") as file:
        json.dump(told, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
