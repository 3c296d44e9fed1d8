"""What nano's bodies in layouts of transformers.js have in common: an encoder behind Whisper's log-mel, a table of embeddings, and a folder."""
import json
from pathlib import Path
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from eight_bits import in_eight_bits
from mel import GUARD
from paths import FIXTURES, MODELS
from whisper_mel import BANDS, preemphasis_gain

NANO = MODELS / "nano" / "audio"
EPSILON = 1e-5
node = helper.make_node
WHISPER = {
    "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": BANDS, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400,
    "chunk_length": 30, "n_samples": 480000, "nb_max_frames": 3000, "padding_value": 0.0,
}


def constants(values, dtype):
    return [numpy_helper.from_array(np.asarray(value, dtype), name) for name, value in values.items()]


def nemo_from_whisper(values):
    """nodes: `values` [B, 128, T] of Whisper's front end -> w_nemo [B, T, 128], NeMo's logarithms

    The logarithm undone, pre-emphasis as the gain of each band, and NeMo's logarithm. What differs beyond that is Whisper's shorter transform and its
    floor, 80 dB below the loudest."""
    return [
        node("Transpose", [values], ["w_mel"], perm=[0, 2, 1]),
        node("Mul", ["w_mel", "w_scale"], ["w_logs"]),
        node("Add", ["w_logs", "w_shift"], ["w_gained"]),
        node("Exp", ["w_gained"], ["w_power"]),
        node("Add", ["w_power", "w_guard"], ["w_guarded"]),
        node("Log", ["w_guarded"], ["w_nemo"]),
    ]


def sum_of_squares():
    """nodes: w_centred [B, T, 128] -> w_sum [B, 1, 128]"""
    return [
        node("Mul", ["w_centred", "w_centred"], ["w_squares"]),
        node("ReduceSum", ["w_squares", "w_axis"], ["w_sum"], keepdims=1),
    ]


def by_deviation():
    """nodes: w_centred, w_sum, w_count (frames, as a float) -> mel_spectrogram [B, T, 128] of unit deviation"""
    return [
        # The unbiased variance, that of one frame being 0.
        node("Sub", ["w_count", "w_one"], ["w_fewer"]),
        node("Max", ["w_fewer", "w_one"], ["w_free"]),
        node("Div", ["w_sum", "w_free"], ["w_variance"]),
        node("Sqrt", ["w_variance"], ["w_deviation"]),
        node("Add", ["w_deviation", "w_epsilon"], ["w_divisor"]),
        node("Div", ["w_centred", "w_divisor"], ["mel_spectrogram"]),
    ]


def front_end_constants(whole):
    """of all nodes above. @param whole: constants of whole numbers, by name"""
    floats = {
        "w_scale": 4 * np.log(10),
        "w_shift": np.log(preemphasis_gain()) - 4 * np.log(10),
        "w_guard": GUARD,
        "w_one": 1,
        "w_epsilon": EPSILON,
    }
    return constants(floats, np.float32) + constants({**whole, "w_axis": [1]}, np.int64)


def nano_encoder():
    """nano's own graph: mel_spectrogram [B, T, 128], mel_lengths [B] -> audio_embeddings [B, ceil(T / 8), 128], audio_lengths [B]"""
    return onnx.load(NANO / "onnx" / "audio_encoder.onnx")


def around(model, before, after, tensors, output):
    """the model of nano's encoder with nodes in front of and behind its own: audio_values [B, 128, frames] -> `output`"""
    graph = model.graph
    own = list(graph.node)
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(before + own + after)
    graph.initializer.extend(tensors)
    graph.input.append(helper.make_tensor_value_info("audio_values", TensorProto.FLOAT, ["batch_size", BANDS, "frames"]))
    graph.output.append(output)
    return model


def nano_table():
    """nano's embeddings [vocabulary, hidden]"""
    shape = json.loads((NANO / "onnx" / "embed_tokens.json").read_text())
    return np.fromfile(NANO / "onnx" / "embed_tokens.bin", "<f4").reshape(shape["vocab_size"], shape["hidden_size"])


def embeddings(table):
    """input_ids [B, S] -> inputs_embeds [B, S, hidden]"""
    graph = helper.make_graph(
        [node("Gather", ["table", "input_ids"], ["inputs_embeds"])],
        "embed_tokens",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"])],
        [helper.make_tensor_value_info("inputs_embeds", TensorProto.FLOAT, ["batch_size", "sequence_length", table.shape[1]])],
        [numpy_helper.from_array(table, "table")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def write_graphs(out, models):
    """@param models: by file name"""
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    for name, model in models.items():
        path = out / "onnx" / f"{name}.onnx"
        onnx.save(in_eight_bits(model), path)
        onnx.checker.check_model(str(path))
        print(f"{path.stat().st_size:>9} {path.relative_to(FIXTURES)}")


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def write_tokenizer(out, names):
    """nano's tokenizer. @param names: what tokens are called in place of nano's names, by id"""
    own = {token["id"]: token["content"] for token in json.loads((NANO / "tokenizer.json").read_text())["added_tokens"]}
    for file in ("tokenizer.json", "tokenizer_config.json"):
        text = (NANO / file).read_text()
        for token, name in names.items():
            text = text.replace(own[token], name)
        (out / file).write_text(text)


def config(model_type, architecture, audio, **more):
    """config.json: what nano's says of its language model and of masking, under the keys of another family"""
    nano = json.loads((NANO / "config.json").read_text())
    return {
        "architectures": [architecture], "model_type": model_type, "mllm_shap": nano["mllm_shap"], **more,
        "hidden_size": nano["lfm"]["hidden_size"], "text_config": nano["lfm"], "audio_config": audio,
    }
