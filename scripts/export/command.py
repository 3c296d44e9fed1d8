"""The command line of every exporter: a model of the hub or a folder in, a folder that `mllm-shap models check` reads out."""
import argparse
import json
import os
import shutil

import torch
from huggingface_hub import snapshot_download

# What stands beside the weights and is read as it is.
FILES = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.*", "preprocessor_config.json", "processor_config.json",
    "generation_config.json",
]


def run(doc, kind, export, template_of=None):
    """@param kind: class of the model. @param export: writes its graphs into a folder. @param template_of: the chat template, where no file holds it."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("model", help="repository of the hub, or a folder")
    parser.add_argument("folder", help="is made where it is not there")
    parser.add_argument("--dtype", choices=("float32", "float16"), default="float32", help="of the weights and of what goes in and out")
    given = parser.parse_args()
    os.makedirs(os.path.join(given.folder, "onnx"), exist_ok=True)
    # Attention is written out by the exporter: other kinds have kernels of their own.
    model = kind.from_pretrained(given.model, dtype=getattr(torch, given.dtype), attn_implementation="eager").eval()
    copy_files(given.model, given.folder)
    with open(os.path.join(given.folder, "config.json"), "w") as file:
        # Every default is written out, as no reader but transformers knows them.
        json.dump(model.config.to_dict(), file, indent=1, default=str)
    if template_of is not None:
        with open(os.path.join(given.folder, "chat_template.jinja"), "w") as file:
            file.write(template_of(given.model))
    with torch.no_grad():
        export(model, given.folder)


def copy_files(model, folder):
    source = model if os.path.isdir(model) else snapshot_download(model, allow_patterns=FILES)
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=lambda _, names: set(names) - set(kept(names)))


def kept(names):
    return [name for name in names if name in FILES or name.startswith("chat_template.")]
