"""fixtures/models/nano/audio -> fixtures/nano-ultravox: the same trained weights as a model of another family, in the layout of transformers.js.

    python export_ultravox.py              needs onnx and numpy, no torch

Nothing is trained. Ultravox hears through Whisper's log-mel, nano was trained on NeMo's; both are powers in the same 128 bands, so the graph of the
encoder begins with what makes one of the other, and the normalisation by each band's mean and deviation. Matrices are kept in eight bits.
"""
import shutil
import onnx
from onnx import TensorProto, helper
from paths import FIXTURES
from three_graphs import (
    NANO, WHISPER, around, by_deviation, config, embeddings, front_end_constants, nano_encoder, nano_table, nemo_from_whisper, node, sum_of_squares,
    write_graphs, write_json, write_tokenizer,
)
from whisper_mel import BANDS

OUT = FIXTURES / "nano-ultravox"
# A token that nano never met stands for a clip.
PLACE, PLACEHOLDER = 8, "<|audio|>"
# Of the encoder's frames to a row: three strides of two, as `stack_factor` says it of Whisper's halved ones.
STACK = 4


def front_end():
    """nodes: audio_values [B, 128, T] -> mel_spectrogram [B, T, 128], mel_lengths [B]"""
    return [
        *nemo_from_whisper("audio_values"),
        node("ReduceMean", ["w_nemo"], ["w_mean"], axes=[1], keepdims=1),
        node("Sub", ["w_nemo", "w_mean"], ["w_centred"]),
        *sum_of_squares(),
        node("Shape", ["audio_values"], ["w_shape"]),
        node("Gather", ["w_shape", "w_frames_at"], ["w_frames"]),
        node("Cast", ["w_frames"], ["w_count"], to=TensorProto.FLOAT),
        *by_deviation(),
        node("Gather", ["w_shape", "w_batch_at"], ["w_batch"]),
        node("Expand", ["w_frames", "w_batch"], ["mel_lengths"]),
    ]


def encoder():
    model = nano_encoder()
    rename(model.graph.node, {"audio_embeddings": "audio_features"})
    features = helper.make_tensor_value_info("audio_features", TensorProto.FLOAT, ["batch_size", "rows", 128])
    return around(model, front_end(), [], front_end_constants({"w_batch_at": [0], "w_frames_at": [2]}), features)


def rename(nodes, names):
    for one in nodes:
        for side in (one.input, one.output):
            for i, name in enumerate(side):
                side[i] = names.get(name, name)


def write_text_files():
    for name in ("chat_template.jinja", "generation_config.json"):
        shutil.copyfile(NANO / name, OUT / name)
    write_tokenizer(OUT, {PLACE: PLACEHOLDER})
    audio = {"model_type": "whisper", "num_mel_bins": BANDS}
    write_json(OUT / "config.json", config("ultravox", "UltravoxModel", audio, audio_token_index=PLACE, stack_factor=STACK))
    write_json(OUT / "processor_config.json", {"audio_placeholder": PLACEHOLDER, "stack_factor": STACK, "processor_class": "UltravoxProcessor"})
    write_json(OUT / "preprocessor_config.json", WHISPER)


def main():
    decoder = onnx.load(NANO / "onnx" / "decoder.onnx")
    write_graphs(OUT, {"audio_encoder": encoder(), "decoder_model_merged": decoder, "embed_tokens": embeddings(nano_table())})
    write_text_files()


if __name__ == "__main__":
    main()
