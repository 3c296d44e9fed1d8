"""
The layout of transformers.js: onnx/model_{q4,q4f16,fp16,quantized}.onnx, made of optimum's graph as its convert script makes them.
layout_js.py OPTIMUM FOLDER FAMILY…
"""
import json
import shutil
import sys
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16


def four_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    quantizer = MatMulNBitsQuantizer(model, block_size=32, is_symmetric=True, accuracy_level=None)
    quantizer.process()
    return quantizer.model.model


def halves(model: onnx.ModelProto, keep: list[str] | bool) -> onnx.ModelProto:
    """Caches in half precision, too, as `kv_cache_dtype` says."""
    return convert_float_to_float16(model, keep_io_types=keep, disable_shape_infer=False)


def lay_out(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    graphs = folder / "onnx"
    graphs.mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix in (".json", ".jinja"):
            shutil.copy(file, folder)
    config = json.loads((folder / "config.json").read_text())
    config["transformers.js_config"] = {"use_external_data_format": {"model_q4.onnx": 1}, "kv_cache_dtype": {"q4f16": "float16", "fp16": "float16"}}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    whole = source / "model.onnx"
    q4 = four_bits(onnx.load(whole))
    onnx.save(q4, graphs / "model_q4.onnx", save_as_external_data=True, location="model_q4.onnx_data", size_threshold=1024)
    onnx.save(halves(four_bits(onnx.load(whole)), False), graphs / "model_q4f16.onnx")
    onnx.save(halves(onnx.load(whole), ["logits"]), graphs / "model_fp16.onnx")
    quantize_dynamic(whole, graphs / "model_quantized.onnx", weight_type=QuantType.QInt8, per_channel=False, reduce_range=False, extra_options={"EnableSubgraph": True})


if __name__ == "__main__":
    for name in sys.argv[3:]:
        try:
            lay_out(Path(sys.argv[1]) / name, Path(sys.argv[2]) / name)
            print(name, "laid out", flush=True)
        except Exception as error:  # noqa: BLE001
            print(name, "FAILED", type(error).__name__, str(error).splitlines()[0][:300], flush=True)
