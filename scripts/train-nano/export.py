"""Weights -> fixtures/models: the text-only causal LM, the audio model and the aligner, in the published file layouts.

    python3 export.py                    from weights/*.npz
    python3 export.py SPEECH.pt          round train_speech.py's checkpoint (and codec.npz beside it) to half precision into weights first
"""
import json
import shutil
import sys
from pathlib import Path
import torch
from checkpoint import load_detokenizer, load_nano, load_speech, load_state, save_half
from export_ctc import export_ctc
from graphs import export_decoder, export_encoder
from graphs_speech import embedding_rows, export_depthformer, export_detokenizer
from paths import MODELS, TOKENIZER, WEIGHTS
from speaker import N_AUDIO, N_TEXT
from speech_model import CODEBOOKS, CODES, DIM, LAYERS
from storage import store_small

TEXT, AUDIO = MODELS / "nano" / "text", MODELS / "nano" / "audio"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")
SAMPLE_RATE = 16000


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def lfm_config(c):
    """the language model's settings under their Hugging Face names"""
    return dict(
        architectures=["Lfm2ForCausalLM"],
        model_type="lfm2",
        vocab_size=c["vocab_size"],
        hidden_size=c["hidden_size"],
        intermediate_size=c["intermediate_size"],
        num_hidden_layers=len(c["layer_types"]),
        layer_types=c["layer_types"],
        num_attention_heads=c["num_attention_heads"],
        num_key_value_heads=c["num_key_value_heads"],
        head_dim=c["hidden_size"] // c["num_attention_heads"],
        conv_L_cache=3,
        conv_bias=False,
        norm_eps=c["norm_eps"],
        rope_theta=c["rope_theta"],
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=7,
        pad_token_id=0,
        torch_dtype="float32",
        use_cache=True,
    )


def audio_config(c):
    """as published: no `model_type` at the top (readers go by architectures[0]); `dither` counts in training only"""
    front_end = dict(
        sample_rate=SAMPLE_RATE,
        normalize="per_feature",
        window_size=0.025,
        window_stride=0.01,
        window="hann",
        features=c["n_mels"],
        n_fft=512,
        log=True,
        frame_splicing=1,
        dither=1e-5,
        pad_to=0,
        pad_value=0.0,
    )
    encoder = dict(
        feat_in=c["n_mels"],
        feat_out=-1,
        n_layers=c["enc_layers"],
        d_model=c["hidden_size"],
        n_heads=c["enc_heads"],
        conv_kernel_size=c["enc_kernel"],
        subsampling_factor=8,
    )
    return dict(
        architectures=["Lfm2AudioForConditionalGeneration"],
        mllm_shap={
            "audio_masking": "silence"
        },  # the way of leaving sound out that it understands best: what `model` stands for
        codebooks=CODEBOOKS,
        tie_audio_embeddings=False,
        interleaved_n_text=N_TEXT,
        interleaved_n_audio=N_AUDIO,
        preprocessor=front_end,
        encoder=encoder,
        lfm=lfm_config(c),
        depthformer=dict(layers=LAYERS, dim=DIM, tie=False),
    )


MEL = dict(
    sample_rate=SAMPLE_RATE,
    n_fft=512,
    win_length=400,
    hop_length=160,
    n_mels=128,
    fmin=0,
    fmax=8000,
    preemph=0.97,
    log_zero_guard=2.0**-24,
    normalize="per_feature",
    mel_norm="slaney",
)


def table(path, rows, **more):
    """a lookup table as raw little-endian float32, its shape in a .json beside it"""
    rows.astype("<f4").tofile(path.with_suffix(".bin"))
    shape = dict(vocab_size=rows.shape[0], hidden_size=rows.shape[1])
    write_json(path.with_suffix(".json"), dict(**shape, dtype="float32", byte_order="little", **more))


def export_text(model):
    graph = TEXT / "onnx" / "model.onnx"
    graph.parent.mkdir(parents=True, exist_ok=True)
    write_json(TEXT / "config.json", lfm_config(model.dec.c))
    write_json(TEXT / "generation_config.json", generation())
    export_decoder(model.dec, graph, ids=True)
    store_small(graph)


def export_audio(model, speech, detokenizer):
    graphs = AUDIO / "onnx"
    graphs.mkdir(parents=True, exist_ok=True)
    for f in TOKENIZER_FILES:
        shutil.copyfile(TOKENIZER / f, AUDIO / f)
    write_json(AUDIO / "config.json", audio_config(model.dec.c))
    write_json(AUDIO / "generation_config.json", generation())
    write_json(graphs / "mel_config.json", MEL)
    table(graphs / "embed_tokens", model.dec.embed.weight.detach().numpy())
    export_decoder(model.dec, graphs / "decoder.onnx", ids=False)
    export_encoder(model.enc, graphs / "audio_encoder.onnx")
    table(
        graphs / "audio_embedding",
        embedding_rows(speech).detach().numpy(),
        num_codebooks=CODEBOOKS,
        codebook_vocab=CODES + 1,
    )
    export_depthformer(speech, graphs / "vocoder_depthformer.onnx")
    export_detokenizer(detokenizer, graphs / "audio_detokenizer.onnx")
    for name in ("decoder", "audio_encoder", "vocoder_depthformer", "audio_detokenizer"):
        store_small(graphs / f"{name}.onnx")


def generation():
    return dict(bos_token_id=1, eos_token_id=7, pad_token_id=0, do_sample=False, max_new_tokens=32)


def main(checkpoint=None):
    torch.set_num_threads(1)
    if checkpoint:
        for part, state in load_state(checkpoint).items():  # nano, speech
            save_half(state, WEIGHTS / f"{part}.npz")
        save_half(load_state(Path(checkpoint).parent / "codec.npz"), WEIGHTS / "codec.npz")
    model = load_nano(WEIGHTS / "nano.npz")
    export_text(model)
    export_audio(model, load_speech(WEIGHTS / "speech.npz"), load_detokenizer(WEIGHTS / "codec.npz"))
    export_ctc(WEIGHTS / "char_ctc.npz", MODELS / "nano-ctc")
    files = [f for f in sorted(MODELS.rglob("*")) if f.is_file()]
    for f in files:
        print(f"{f.stat().st_size:>9} {f.relative_to(MODELS)}")
    print(f"{sum(f.stat().st_size for f in files):>9} in all")


if __name__ == "__main__":
    main(*sys.argv[1:])
