"""Graphs in the layout that transformers.js reads, from torch modules: what the models of this folder are exported with."""
import logging
import os
import warnings

import onnx
import onnx_ir
import torch
from transformers import DynamicCache
from transformers.exporters import exporter_onnx
from transformers.exporters.exporter_onnx import OnnxConfig, OnnxExporter
from transformers.exporters.utils import apply_fx_node_fixes, apply_patches

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

AUTO = torch.export.Dim.AUTO


class Embed(torch.nn.Module):
    def __init__(self, embedding):
        super().__init__()
        self.embedding = embedding

    def forward(self, input_ids):
        return self.embedding(input_ids)


def export_embeddings(embedding, path, vocabulary):
    export_module(Embed(embedding), (torch.randint(0, vocabulary, (2, 5)),), ["input_ids"], ["inputs_embeds"], [{0: AUTO, 1: AUTO}], path)


def export_module(module, args, inputs, outputs, dynamic, path):
    """A module of plain tensors. `dynamic`: open axes of each argument; samples must have two of each, or the axis is frozen."""
    with torch.no_grad(), apply_patches("onnx"):
        program = torch.export.export(module.eval(), tuple(args), dynamic_shapes=dynamic, strict=False)
        apply_fx_node_fixes("onnx", program.graph_module)
        made = torch.onnx.export(
            program, args=(), input_names=inputs, output_names=outputs,
            custom_translation_table=exporter_onnx._ONNX_TRANSLATION_TABLE, optimize=True, verbose=False,
        )
        exporter_onnx.apply_onnx_ir_fixes(made)
    onnx_ir.save(made.model, path)
    tidy(path, {})


def export_decoder(model, config, path):
    """A causal language model fed with embeddings: caches are named as transformers.js names them. The sample has a filled cache, or its axis is frozen."""
    rows, fed, past = 2, 3, 4
    layers, heads, size = config.num_hidden_layers, config.num_key_value_heads, config.head_dim
    cache = DynamicCache(config=config)
    for layer in range(layers):
        cache.update(torch.randn(rows, heads, past, size), torch.randn(rows, heads, past, size), layer)
    inputs = {
        "inputs_embeds": torch.randn(rows, fed, config.hidden_size),
        "attention_mask": torch.ones(rows, past + fed, dtype=torch.long),
        "position_ids": torch.arange(past, past + fed)[None].repeat(rows, 1),
        "cache": cache,
    }
    exported = OnnxExporter().export(model, inputs, OnnxConfig(dynamic=True))
    onnx_ir.save(exported.program, path)
    names = {}
    for i in range(layers):
        for theirs, ours in (("keys", "key"), ("values", "value")):
            names[f"input.cache.layers.{i}.{theirs}"] = f"past_key_values.{i}.{ours}"
            names[f"cache.layers.{i}.{theirs}"] = f"past_key_values.{i}.{ours}"
            names[f"output.cache.layers.{i}.{theirs}"] = f"present.{i}.{ours}"
    tidy(path, names)


def tidy(path, names):
    """Renames values, gives fixed axes their numbers, and leaves out what only a debugger reads."""
    model = onnx.load(path)
    graph = model.graph
    for node in graph.node:
        for side in (node.input, node.output):
            for i, name in enumerate(side):
                side[i] = names.get(name, name)
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    for value in [*graph.input, *graph.output]:
        value.name = names.get(value.name, value.name)
        value.ClearField("metadata_props")
        for axis in value.type.tensor_type.shape.dim:
            if axis.dim_param.isdigit():
                number = int(axis.dim_param)
                axis.ClearField("dim_param")
                axis.dim_value = number
    for tensor in graph.initializer:
        tensor.ClearField("metadata_props")
        tensor.ClearField("doc_string")
    graph.ClearField("value_info")
    graph.ClearField("metadata_props")
    model.ClearField("metadata_props")
    model.ClearField("doc_string")
    onnx.checker.check_model(model)
    onnx.save(model, path)
    print(f"{os.path.basename(path)}: {os.path.getsize(path) // 1024} KiB")
