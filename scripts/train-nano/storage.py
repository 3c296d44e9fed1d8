"""Smaller ONNX files: weights stored as float16, cast to float32 by the graph; tables of indices as int16, cast to int64.

onnxruntime folds the casts away when it loads a model, so all arithmetic and every input and output stay float32. Only weights that
are float16 numbers already (see checkpoint.py) are stored so: nothing is lost.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper

SMALLEST = 512  # tensors with fewer numbers than this stay float32


def take_constants(graph):
    """moves large Constant nodes out of the graph; -> their tensors, named as the nodes' outputs"""
    taken = []
    for n in [n for n in graph.node if n.op_type == "Constant" and n.attribute[0].HasField("t")]:
        t = n.attribute[0].t
        if np.prod(t.dims) >= SMALLEST:
            t.name = n.output[0]
            taken.append(t)
            graph.node.remove(n)
    return taken


def store_small(path):
    """rewrite the ONNX file at `path` in place"""
    m = onnx.load(path)
    casts, kept = [], []
    for t in [*m.graph.initializer, *take_constants(m.graph)]:
        a = numpy_helper.to_array(t)
        small = {np.dtype(np.float32): np.float16, np.dtype(np.int64): np.int16}.get(a.dtype)
        if small is None or a.size < SMALLEST or not np.array_equal(a, a.astype(small).astype(a.dtype)):
            kept.append(t)
            continue
        kept.append(numpy_helper.from_array(a.astype(small), t.name + "_small"))
        casts.append(helper.make_node("Cast", [t.name + "_small"], [t.name], to=t.data_type))
    nodes = list(m.graph.node)
    del m.graph.initializer[:], m.graph.node[:]
    m.graph.initializer.extend(kept)
    m.graph.node.extend(casts + nodes)
    onnx.checker.check_model(m)
    onnx.save(m, path)
