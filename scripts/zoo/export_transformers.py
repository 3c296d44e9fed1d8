"""transformers' own exporter (5.x, dynamo). export_transformers.py MODELS FOLDER FAMILY… writes FOLDER/FAMILY; names stay as the exporter gives them."""
import logging
import shutil
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import onnx_ir  # noqa: E402
import torch  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, DynamicCache  # noqa: E402
from transformers.exporters.exporter_onnx import OnnxConfig, OnnxExporter  # noqa: E402


def export(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).eval()
    ids = torch.randint(8, 190, (2, 8))
    cache = DynamicCache(config=model.config)
    with torch.no_grad():
        model(input_ids=ids[:, :5], past_key_values=cache, use_cache=True)
    inputs = {
        "input_ids": ids[:, 5:],
        "attention_mask": torch.ones(2, 8, dtype=torch.long),
        "position_ids": torch.arange(5, 8)[None].repeat(2, 1),
        "past_key_values": cache,
        "use_cache": True,
    }
    exported = OnnxExporter().export(model, inputs, OnnxConfig(dynamic=True))
    onnx_ir.save(exported.program.model if hasattr(exported.program, "model") else exported.program, folder / "model.onnx")
    AutoConfig.from_pretrained(source).save_pretrained(folder)
    AutoTokenizer.from_pretrained(source).save_pretrained(folder)


if __name__ == "__main__":
    torch.manual_seed(0)
    for name in sys.argv[3:]:
        try:
            export(Path(sys.argv[1]) / name, Path(sys.argv[2]) / name)
            print(name, "exported", flush=True)
        except Exception as error:  # noqa: BLE001
            print(name, "FAILED", type(error).__name__, str(error).splitlines()[0][:300], flush=True)
