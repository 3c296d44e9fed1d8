"""The command line of every exporter: a model of the hub or a folder in, a folder that `mllm-shap models check` reads out."""
import argparse
import json
import os

import torch
from transformers import AutoProcessor


def run(doc, kind, export, processor_of=AutoProcessor.from_pretrained):
    """@param kind: class of the model. @param export: writes its graphs into a folder."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("model", help="repository of the hub, or a folder")
    parser.add_argument("folder", help="is made where it is not there")
    parser.add_argument("--dtype", choices=("float32", "float16"), default="float32", help="of the weights and of what goes in and out")
    given = parser.parse_args()
    os.makedirs(os.path.join(given.folder, "onnx"), exist_ok=True)
    # Attention is written out by the exporter: other kinds have kernels of their own.
    model = kind.from_pretrained(given.model, dtype=getattr(torch, given.dtype), attn_implementation="eager").eval()
    write_files(model, processor_of(given.model), given.folder)
    with torch.no_grad():
        export(model, given.folder)


def write_files(model, processor, folder):
    """What stands beside the graphs. Every default is written out, as no reader but transformers knows them."""
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(model.config.to_dict(), file, indent=1, default=str)
    model.generation_config.save_pretrained(folder)
    extractor = getattr(processor, "feature_extractor", None) or processor.audio_processor
    extractor.save_pretrained(folder)
    processor.tokenizer.save_pretrained(folder)
    if processor.chat_template is not None:
        with open(os.path.join(folder, "chat_template.jinja"), "w") as file:
            file.write(processor.chat_template)
