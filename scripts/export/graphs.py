"""Graphs in the layout that transformers.js reads, from torch modules: what models are exported with, tiny ones too."""
import logging
import os
import warnings

import numpy as np
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
# A protocol buffer holds 2 GiB: beyond this, weights go to a file of their own.
MOST_INSIDE = 2**30


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
    save(made.model, path)
    tidy(path, {})


def export_decoder(model, config, path, *, caches=None, **more):
    """
    A causal language model fed with embeddings: caches are named as transformers.js names them, and logits of the last `num_logits_to_keep`
    positions are computed alone. The sample has a filled cache, or its axis is frozen.
    `caches`: heads and size of a head of each layer that has one, where these differ. `more`: other inputs, by their sizes behind rows and tokens.
    """
    rows, fed, past = 2, 3, 4
    random = lambda *shape: torch.randn(*shape, dtype=model.dtype)
    cache = DynamicCache(config=config) if caches is None else DynamicCache()
    caches = caches or [cache_of(config)] * config.num_hidden_layers
    for layer, (heads, size) in enumerate(caches):
        cache.update(random(rows, heads, past, size), random(rows, heads, past, size), layer)
    inputs = {
        "inputs_embeds": random(rows, fed, config.hidden_size),
        **{name: random(rows, fed, *sizes) for name, sizes in more.items()},
        "attention_mask": torch.ones(rows, past + fed, dtype=torch.long),
        "position_ids": torch.arange(past, past + fed)[None].repeat(rows, 1),
        "cache": cache,
    }
    names = {}
    for i in range(len(caches)):
        for theirs, ours in (("keys", "key"), ("values", "value")):
            names[f"input.cache.layers.{i}.{theirs}"] = f"past_key_values.{i}.{ours}"
            names[f"cache.layers.{i}.{theirs}"] = f"past_key_values.{i}.{ours}"
            names[f"output.cache.layers.{i}.{theirs}"] = f"present.{i}.{ours}"
    export_model(model, inputs, path, names)
    keep_last_logits(path)


def cache_of(config):
    """Heads of a layer's cache, and the size of each."""
    return config.num_key_value_heads, getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def export_model(model, inputs, path, names, optimize=True):
    """A model of transformers by its own exporter. @param names: of the graph's values, as they should be."""
    exported = OnnxExporter().export(model, inputs, OnnxConfig(dynamic=True, optimize=optimize))
    save(exported.program, path)
    tidy(path, names)


def keep_last_logits(path, name="num_logits_to_keep"):
    """An input `name`: the last so many positions alone go through the output layer, all where it is 0. A vocabulary times a prompt would be gigabytes."""
    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    makers = {value: node for node in graph.node for value in node.output}
    node = makers["logits"]
    while node.op_type not in ("MatMul", "Gemm"):
        node = next(makers[value] for value in node.input if value in makers and makers[value].op_type != "Constant")
    graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, []))
    for constant, value in (("kept_axis", [1]), ("kept_end", [2**62]), ("kept_shape", [1])):
        graph.initializer.append(onnx.numpy_helper.from_array(np.array(value, dtype=np.int64), constant))
    # -0 is 0, the first position.
    kept = [
        onnx.helper.make_node("Neg", [name], ["kept_from"]),
        onnx.helper.make_node("Reshape", ["kept_from", "kept_shape"], ["kept_start"]),
        onnx.helper.make_node("Slice", [node.input[0], "kept_start", "kept_end", "kept_axis"], ["kept_hidden"]),
    ]
    node.input[0] = "kept_hidden"
    at = list(graph.node).index(node)
    for offset, one in enumerate(kept):
        graph.node.insert(at + offset, one)
    onnx.save(model, path)
    onnx.checker.check_model(path)


def save(model, path):
    weights = sum(tensor.const_value.nbytes for tensor in model.graph.initializers.values() if tensor.const_value is not None)
    if weights < MOST_INSIDE:
        onnx_ir.save(model, path)
    else:
        onnx_ir.save(model, path, external_data=f"{os.path.basename(path)}_data")


def tidy(path, names):
    """Renames values, gives fixed axes their numbers, and leaves out what only a debugger reads."""
    model = onnx.load(path, load_external_data=False)
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
    onnx.save(model, path)
    onnx.checker.check_model(path)
    print(f"{os.path.basename(path)}: {os.path.getsize(path) // 1024} KiB")


def path_of(folder, graph):
    return os.path.join(folder, "onnx", f"{graph}.onnx")


def part_of(kind, model):
    """The language model of a model that hears, as a causal one of its own, without a copy of its weights."""
    with torch.device("meta"):
        decoder = kind(model.config.text_config)
    decoder.model, decoder.lm_head = model.model.language_model, model.lm_head
    return decoder.eval()
