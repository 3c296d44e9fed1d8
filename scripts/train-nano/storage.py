"""Smaller ONNX files: weights stored as float16, cast to float32 by the graph.

onnxruntime folds the casts away when it loads a model, so all arithmetic and every input and output stay float32. Only weights that
are float16 numbers already (see checkpoint.py) are stored so: nothing is lost.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 512  # tensors with fewer numbers than this stay float32


def half(a):
    """rounded to float16, still float32"""
    return a.astype(np.float16).astype(np.float32)


def store_half(path):
    """rewrite the ONNX file at `path` in place"""
    m = onnx.load(path)
    casts, kept = [], []
    for t in m.graph.initializer:
        a = numpy_helper.to_array(t)
        if a.dtype != np.float32 or a.size < SMALLEST or not np.array_equal(a, half(a)):
            kept.append(t)
            continue
        kept.append(numpy_helper.from_array(a.astype(np.float16), t.name + "_half"))
        casts.append(helper.make_node("Cast", [t.name + "_half"], [t.name], to=TensorProto.FLOAT))
    nodes = list(m.graph.node)
    del m.graph.initializer[:], m.graph.node[:]
    m.graph.initializer.extend(kept)
    m.graph.node.extend(casts + nodes)
    onnx.checker.check_model(m)
    onnx.save(m, path)
