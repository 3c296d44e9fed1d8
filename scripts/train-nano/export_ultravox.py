"""fixtures/models/nano/audio -> fixtures/nano-ultravox: the same trained weights as a model of another family, in the layout of transformers.js.

    python export_ultravox.py              needs onnx and numpy, no torch

Nothing is trained. Ultravox hears through Whisper's log-mel, nano was trained on NeMo's; both are powers in the same 128 bands, so the graph of the
encoder begins with what makes one of the other: the logarithm undone, pre-emphasis as the gain of each band, NeMo's logarithm, and its normalisation
by each band's mean and deviation. What differs beyond that is Whisper's shorter transform and its floor, 80 dB below the loudest.
Matrices are kept in eight bits and multiplied out when a file is loaded.
"""
import json
import shutil
from pathlib import Path
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from mel import GUARD, filterbank
from paths import FIXTURES, MODELS

NANO, OUT = MODELS / "nano" / "audio", FIXTURES / "nano-ultravox"
BANDS, N_FFT, PREEMPHASIS, EPSILON = 128, 512, 0.97, 1e-5
SMALLEST = 512  # numbers of a tensor that is worth eight bits
# A token that nano never met stands for a clip.
RESERVED, PLACEHOLDER = "<|reserved_8|>", "<|audio|>"
# Of the encoder's frames to a row: three strides of two, as `stack_factor` says it of Whisper's halved ones.
STACK = 4


def preemphasis_gain():
    """what pre-emphasis does to the power of each band [128]"""
    response = np.abs(1 - PREEMPHASIS * np.exp(-2j * np.pi * np.arange(N_FFT // 2 + 1) / N_FFT)) ** 2
    bands = filterbank(BANDS, N_FFT)
    return bands @ response / bands.sum(1)


def constant(name, value, dtype):
    return numpy_helper.from_array(np.asarray(value, dtype), name)


def nemo_from_whisper():
    """nodes and constants: audio_values [B, 128, T] -> mel_spectrogram [B, T, 128], mel_lengths [B]"""
    floats = {
        "w_scale": 4 * np.log(10),
        "w_shift": np.log(preemphasis_gain()) - 4 * np.log(10),
        "w_guard": GUARD,
        "w_one": 1,
        "w_epsilon": EPSILON,
    }
    whole = {"w_batch_at": [0], "w_frames_at": [2]}
    node = helper.make_node
    nodes = [
        node("Transpose", ["audio_values"], ["w_mel"], perm=[0, 2, 1]),
        node("Mul", ["w_mel", "w_scale"], ["w_logs"]),
        node("Add", ["w_logs", "w_shift"], ["w_gained"]),
        node("Exp", ["w_gained"], ["w_power"]),
        node("Add", ["w_power", "w_guard"], ["w_guarded"]),
        node("Log", ["w_guarded"], ["w_nemo"]),
        node("ReduceMean", ["w_nemo"], ["w_mean"], axes=[1], keepdims=1),
        node("Sub", ["w_nemo", "w_mean"], ["w_centred"]),
        node("Mul", ["w_centred", "w_centred"], ["w_squares"]),
        node("ReduceSum", ["w_squares", "w_axis"], ["w_sum"], keepdims=1),
        node("Shape", ["audio_values"], ["w_shape"]),
        node("Gather", ["w_shape", "w_frames_at"], ["w_frames"]),
        node("Cast", ["w_frames"], ["w_count"], to=TensorProto.FLOAT),
        # The unbiased variance, that of one frame being 0.
        node("Sub", ["w_count", "w_one"], ["w_fewer"]),
        node("Max", ["w_fewer", "w_one"], ["w_free"]),
        node("Div", ["w_sum", "w_free"], ["w_variance"]),
        node("Sqrt", ["w_variance"], ["w_deviation"]),
        node("Add", ["w_deviation", "w_epsilon"], ["w_divisor"]),
        node("Div", ["w_centred", "w_divisor"], ["mel_spectrogram"]),
        node("Gather", ["w_shape", "w_batch_at"], ["w_batch"]),
        node("Expand", ["w_frames", "w_batch"], ["mel_lengths"]),
    ]
    constants = [constant(name, value, np.float32) for name, value in floats.items()]
    return nodes, constants + [constant(name, value, np.int64) for name, value in {**whole, "w_axis": [1]}.items()]


def encoder():
    model = onnx.load(NANO / "onnx" / "audio_encoder.onnx")
    graph = model.graph
    nodes, constants = nemo_from_whisper()
    own = list(graph.node)
    rename(own, {"audio_embeddings": "audio_features"})
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes + own)
    graph.initializer.extend(constants)
    graph.input.append(helper.make_tensor_value_info("audio_values", TensorProto.FLOAT, ["batch_size", BANDS, "frames"]))
    graph.output.append(helper.make_tensor_value_info("audio_features", TensorProto.FLOAT, ["batch_size", "rows", 128]))
    return model


def rename(nodes, names):
    for node in nodes:
        for side in (node.input, node.output):
            for i, name in enumerate(side):
                side[i] = names.get(name, name)


def embeddings():
    shape = json.loads((NANO / "onnx" / "embed_tokens.json").read_text())
    rows, width = shape["vocab_size"], shape["hidden_size"]
    table = np.fromfile(NANO / "onnx" / "embed_tokens.bin", "<f4").reshape(rows, width)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["inputs_embeds"])],
        "embed_tokens",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"])],
        [helper.make_tensor_value_info("inputs_embeds", TensorProto.FLOAT, ["batch_size", "sequence_length", width])],
        [numpy_helper.from_array(table, "table")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def in_eight_bits(model):
    """matrices as whole numbers times a scale: one for each column, of convolutions and of the table for each of the first axis"""
    graph = model.graph
    casts = {node.input[0]: node for node in graph.node if node.op_type == "Cast" and node.attribute[0].i == TensorProto.FLOAT}
    kept, nodes = [], []
    for tensor in graph.initializer:
        numbers = numpy_helper.to_array(tensor)
        if numbers.dtype not in (np.float16, np.float32) or numbers.ndim < 2 or numbers.size < SMALLEST:
            kept.append(tensor)
            continue
        cast = casts.get(tensor.name)
        name = tensor.name if cast is None else cast.output[0]
        if cast is not None:
            graph.node.remove(cast)
        by_first = numbers.ndim > 2 or name == "table"
        others = tuple(range(1, numbers.ndim)) if by_first else 0
        scale = np.maximum(np.abs(numbers.astype(np.float32)).max(axis=others, keepdims=True), 1e-12) / 127
        whole = np.rint(numbers / scale).astype(np.int8)
        kept += [numpy_helper.from_array(whole, f"{name}_whole"), numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale")]
        nodes += [
            helper.make_node("Cast", [f"{name}_whole"], [f"{name}_wide"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}_wide", f"{name}_scale"], [name]),
        ]
    rest = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes + rest)
    return model


def write_json(name, value):
    (OUT / name).write_text(json.dumps(value, indent=1) + "\n")


def write_text_files():
    for name in ("chat_template.jinja", "generation_config.json"):
        shutil.copyfile(NANO / name, OUT / name)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (OUT / name).write_text((NANO / name).read_text().replace(RESERVED, PLACEHOLDER))
    nano = json.loads((NANO / "config.json").read_text())
    place = next(token["id"] for token in json.loads((OUT / "tokenizer.json").read_text())["added_tokens"] if token["content"] == PLACEHOLDER)
    lm = nano["lfm"]
    write_json("config.json", {
        "architectures": ["UltravoxModel"], "model_type": "ultravox", "mllm_shap": nano["mllm_shap"], "audio_token_index": place,
        "stack_factor": STACK, "hidden_size": lm["hidden_size"], "text_config": lm, "audio_config": {"model_type": "whisper", "num_mel_bins": BANDS},
    })
    write_json("processor_config.json", {"audio_placeholder": PLACEHOLDER, "stack_factor": STACK, "processor_class": "UltravoxProcessor"})
    write_json("preprocessor_config.json", {
        "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": BANDS, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400,
        "chunk_length": 30, "n_samples": 480000, "nb_max_frames": 3000, "padding_value": 0.0,
    })


def main():
    (OUT / "onnx").mkdir(parents=True, exist_ok=True)
    decoder = onnx.load(NANO / "onnx" / "decoder.onnx")
    for name, model in {"audio_encoder": encoder(), "decoder_model_merged": decoder, "embed_tokens": embeddings()}.items():
        path = OUT / "onnx" / f"{name}.onnx"
        onnx.save(in_eight_bits(model), path)
        onnx.checker.check_model(str(path))
        print(f"{path.stat().st_size:>9} {path.relative_to(FIXTURES)}")
    write_text_files()


if __name__ == "__main__":
    main()
