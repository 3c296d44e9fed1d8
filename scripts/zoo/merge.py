"""
The merged decoders of older exports (one graph, `use_cache_branch`): exported without and with past, then merged by optimum.
merge.py MODELS FOLDER FAMILY… writes FOLDER/FAMILY/onnx/decoder_model_merged.onnx
"""
import logging
import shutil
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import torch  # noqa: E402
from optimum.exporters.onnx import export  # noqa: E402
from optimum.exporters.tasks import TasksManager  # noqa: E402
from optimum.onnx import merge_decoders  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM  # noqa: E402


def merge(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "onnx").mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix in (".json", ".jinja"):
            shutil.copy(file, folder)
    config = AutoConfig.from_pretrained(source)
    make = TasksManager.get_exporter_config_constructor("onnx", model_type=config.model_type, task="text-generation", library_name="transformers")
    parts = []
    for name, past in (("decoder_model", False), ("decoder_with_past_model", True)):
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).eval()
        parts.append(folder / f"{name}.onnx")
        export(model, make(config, use_past=True, use_past_in_inputs=past), parts[-1], opset=17, do_constant_folding=True)
    merge_decoders(*parts, save_path=folder / "onnx/decoder_model_merged.onnx", strict=False)
    for part in parts:
        part.unlink()


if __name__ == "__main__":
    for name in sys.argv[3:]:
        try:
            merge(Path(sys.argv[1]) / name, Path(sys.argv[2]) / name)
            print(name, "merged", flush=True)
        except Exception as error:  # noqa: BLE001
            print(name, "FAILED", type(error).__name__, str(error).splitlines()[0][:300], flush=True)
