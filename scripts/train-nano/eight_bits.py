"""ONNX models with their matrices kept in eight bits, multiplied out when a file is loaded."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 512  # numbers of a tensor that is worth eight bits


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
