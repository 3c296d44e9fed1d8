"""weights/voxtral.npz -> fixtures/nano-voxtral: nano in Voxtral's layout, where every clip is filled up to 30 s and has 375 rows.

    python3 export_voxtral.py                 from weights/voxtral.npz
    python3 export_voxtral.py VOXTRAL.pt      round train_voxtral.py's checkpoint to half precision into weights first

The encoder is nano's own (fixtures/models/nano/audio). Its graph finds where the sound of a chunk ends, hears the frames up to there, normalised among
themselves as nano was trained, and gives one trained row for each of the rest. Matrices are kept in eight bits.
"""
import shutil
import sys
import tempfile
from pathlib import Path
import onnx
import torch
from onnx import TensorProto, helper
import numpy as np
from checkpoint import load_decoder, load_state, save_half
from graphs import export_decoder
from paths import FIXTURES, WEIGHTS
from three_graphs import (
    NANO, WHISPER, around, by_deviation, config, constants, embeddings, front_end_constants, nano_encoder, nemo_from_whisper, node, sum_of_squares,
    write_graphs, write_json, write_tokenizer,
)
from voxtral_wording import AUDIO, FILLING, NAMES, ROWS
from whisper_mel import BANDS

OUT, KEPT = FIXTURES / "nano-voxtral", WEIGHTS / "voxtral.npz"
FRAMES, HIDDEN = 3000, 128


def front_end():
    """nodes: audio_values [B, 128, 3000] -> mel_spectrogram [B, T, 128], mel_lengths [B], T being the longest of these

    A silent frame is one at the floor in every band; of silence alone one frame is heard."""
    return [
        node("Cast", ["v_frames"], ["v_counted"], to=TensorProto.FLOAT),
        node("ReduceMin", ["audio_values"], ["v_floor"], axes=[1, 2], keepdims=1),
        node("ReduceMax", ["audio_values"], ["v_loudest"], axes=[1], keepdims=1),
        node("Greater", ["v_loudest", "v_floor"], ["v_sounds"]),
        node("Cast", ["v_sounds"], ["v_sounding"], to=TensorProto.FLOAT),
        node("Mul", ["v_sounding", "v_counted"], ["v_ends"]),
        node("ReduceMax", ["v_ends"], ["v_end"], axes=[2], keepdims=1),
        node("Max", ["v_end", "w_one"], ["w_count"]),
        node("Cast", ["w_count"], ["v_count"], to=TensorProto.INT64),
        node("Reshape", ["v_count", "v_flat"], ["mel_lengths"]),
        node("ReduceMax", ["mel_lengths"], ["v_longest"], axes=[0], keepdims=1),
        node("Slice", ["audio_values", "v_first", "v_longest", "v_frames_axis"], ["v_values"]),
        node("Slice", ["v_counted", "v_first", "v_longest", "v_frames_axis"], ["v_numbers"]),
        node("LessOrEqual", ["v_numbers", "w_count"], ["v_heard"]),
        node("Cast", ["v_heard"], ["v_hears"], to=TensorProto.FLOAT),
        node("Transpose", ["v_hears"], ["v_valid"], perm=[0, 2, 1]),
        *nemo_from_whisper("v_values"),
        node("Mul", ["w_nemo", "v_valid"], ["v_nemo"]),
        node("ReduceSum", ["v_nemo", "w_axis"], ["v_total"], keepdims=1),
        node("Div", ["v_total", "w_count"], ["v_mean"]),
        node("Sub", ["w_nemo", "v_mean"], ["v_apart"]),
        node("Mul", ["v_apart", "v_valid"], ["w_centred"]),
        *sum_of_squares(),
        *by_deviation(),
    ]


def filling():
    """nodes: audio_embeddings [B, rows, 128], audio_lengths [B] -> audio_features [375 B, 128]"""
    return [
        node("Shape", ["audio_embeddings"], ["v_shape"]),
        node("Gather", ["v_shape", "v_rows_at"], ["v_rows"]),
        node("Sub", ["v_all_rows", "v_rows"], ["v_missing"]),
        node("Concat", ["v_no_pads", "v_missing", "v_first"], ["v_pads"], axis=0),
        node("Pad", ["audio_embeddings", "v_pads"], ["v_padded"]),
        node("Reshape", ["audio_lengths", "v_by_clip"], ["v_own"]),
        node("Less", ["v_row_numbers", "v_own"], ["v_is_own"]),
        node("Where", ["v_is_own", "v_padded", "v_filling"], ["v_filled"]),
        node("Reshape", ["v_filled", "v_flat_rows"], ["audio_features"]),
    ]


def encoder(row):
    """@param row: what stands behind the sound [128]"""
    whole = {
        "v_frames": np.arange(1, FRAMES + 1)[None, None], "v_flat": [-1], "v_first": [0], "v_frames_axis": [2], "v_rows_at": [1], "v_all_rows": [ROWS], "v_no_pads": [0, 0, 0, 0],
        "v_by_clip": [-1, 1, 1], "v_row_numbers": np.arange(ROWS)[None, :, None], "v_flat_rows": [-1, HIDDEN],
    }
    tensors = front_end_constants(whole) + constants({"v_filling": row[None, None]}, np.float32)
    features = helper.make_tensor_value_info("audio_features", TensorProto.FLOAT, ["rows", HIDDEN])
    return around(nano_encoder(), front_end(), filling(), tensors, features)


def decoder_graph(decoder):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decoder.onnx"
        export_decoder(decoder, path, ids=False)
        return onnx.load(path)


def write_text_files():
    shutil.copyfile(NANO / "generation_config.json", OUT / "generation_config.json")
    # Voxtral's own, as the tiny random model of its code has it.
    shutil.copyfile(FIXTURES / "tiny" / "voxtral" / "chat_template.jinja", OUT / "chat_template.jinja")
    write_tokenizer(OUT, NAMES)
    audio = {"model_type": "voxtral_encoder", "num_mel_bins": BANDS, "max_source_positions": FRAMES // 2}
    write_json(OUT / "config.json", config("voxtral", "VoxtralForConditionalGeneration", audio, audio_token_id=AUDIO))
    write_json(OUT / "preprocessor_config.json", WHISPER)


def main(checkpoint=None):
    torch.set_num_threads(1)
    if checkpoint:
        state = load_state(checkpoint)
        save_half({name[4:]: values for name, values in state.items() if name.startswith("dec.")}, KEPT)
    decoder = load_decoder(KEPT)
    table = decoder.embed.weight.detach().numpy()
    graphs = {"audio_encoder": encoder(table[FILLING]), "decoder_model_merged": decoder_graph(decoder), "embed_tokens": embeddings(table)}
    write_graphs(OUT, graphs)
    write_text_files()


if __name__ == "__main__":
    main(*sys.argv[1:])
