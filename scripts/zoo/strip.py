"""Takes out of a graph what no runtime reads: documentation, stack traces, names of nodes (not of tensors), intermediate shapes."""
from pathlib import Path

import onnx


def strip(model: onnx.ModelProto) -> onnx.ModelProto:
    model.doc_string = ""
    del model.metadata_props[:]
    bare(model.graph)
    for function in model.functions:
        function.doc_string = ""
        del function.metadata_props[:]
        del function.value_info[:]
        for node in function.node:
            bare_node(node)
    return model


def bare(graph: onnx.GraphProto) -> None:
    graph.doc_string = ""
    del graph.value_info[:]
    del graph.metadata_props[:]
    del graph.quantization_annotation[:]
    for value in [*graph.input, *graph.output, *graph.initializer]:
        value.doc_string = ""
        del value.metadata_props[:]
    for node in graph.node:
        bare_node(node)


def bare_node(node: onnx.NodeProto) -> None:
    node.doc_string = node.name = ""
    del node.metadata_props[:]
    for attribute in node.attribute:
        for graph in [attribute.g, *attribute.graphs] if attribute.HasField("g") or attribute.graphs else []:
            bare(graph)


def copy_stripped(source: Path, target: Path) -> None:
    """External data stays where it is named; the graph alone is written again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    model = strip(onnx.load(source, load_external_data=False))
    target.write_bytes(model.SerializeToString())
