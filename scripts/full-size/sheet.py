"""Writes ONNX graphs whose random weights go straight to data files, so that several gigabytes take little memory."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOATS_AT_ONCE = 1 << 23
# A graph's data go into a new file after this many bytes, as published graphs have it.
SHARD = 2_000_000_000
BLOCK = 32
# Standard deviation of a number drawn evenly from 0..15.
SPREAD_OF_4_BITS = 4.61


class Data:
    """Data files beside a graph: `<graph>_data`, `<graph>_data_1`, …"""

    def __init__(self, path: Path):
        self.path, self.count, self.at = path, 0, 0
        self.file = open(self.name(), "wb")

    def name(self) -> Path:
        return self.path.with_name(self.path.name + "_data" + (f"_{self.count}" if self.count else ""))

    def start(self):
        """Where the next tensor begins: its file and offset (the runtime maps pages of memory)."""
        if self.at >= SHARD:
            self.file.close()
            self.count, self.at = self.count + 1, 0
            self.file = open(self.name(), "wb")
        gap = -self.at % 4096
        self.file.write(bytes(gap))
        self.at += gap
        return self.name().name, self.at

    def write(self, values: np.ndarray):
        self.file.write(values.tobytes())
        self.at += values.nbytes


def uniform(rng, count: int, std: float) -> np.ndarray:
    return (rng.random(count, dtype=np.float32) - np.float32(0.5)) * np.float32(std * 12**0.5)


class Sheet:
    """A graph in the making. `bits` = 32, or 4: matrices as MatMulNBits in blocks of 32 with float32 scales, all else float32."""

    def __init__(self, path: Path, bits: int, seed: int):
        self.path, self.bits, self.rng = path, bits, np.random.default_rng(seed)
        self.data = Data(path)
        self.nodes, self.inputs, self.outputs, self.weights = [], [], [], []
        self.constants, self.count = {}, 0

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def input(self, name, kind, dims):
        self.inputs.append(helper.make_tensor_value_info(name, kind, dims))
        return name

    def output(self, name, kind, dims, source=None):
        if source is not None:
            self.node("Identity", [source], [name])
        self.outputs.append(helper.make_tensor_value_info(name, kind, dims))

    def node(self, op, inputs, outputs, domain="", **attributes):
        self.nodes.append(helper.make_node(op, inputs, outputs, name=self.name(op), domain=domain, **attributes))

    def op(self, op, inputs, domain="", **attributes):
        out = self.name("t")
        self.node(op, inputs, [out], domain, **attributes)
        return out

    def const(self, values, kind=np.int64):
        array = np.array(values, dtype=kind)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = self.name("const")
            self.weights.append(numpy_helper.from_array(array, self.constants[key]))
        return self.constants[key]

    def stored(self, stem, kind, dims, chunks):
        """An initializer in the data file. `chunks` are arrays that make it up."""
        location, offset = self.data.start()
        tensor = TensorProto(name=self.name(stem), data_type=kind, dims=dims, data_location=TensorProto.EXTERNAL)
        length = 0
        for chunk in chunks:
            self.data.write(chunk)
            length += chunk.nbytes
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self.weights.append(tensor)
        return tensor.name

    def weight(self, stem, dims, std):
        total = int(np.prod(dims))
        sizes = (min(FLOATS_AT_ONCE, total - at) for at in range(0, total, FLOATS_AT_ONCE))
        return self.stored(stem, TensorProto.FLOAT, dims, (uniform(self.rng, size, std) for size in sizes))

    def ones(self, size):
        return self.const(np.ones(size), np.float32)

    def linear(self, x, wide, out, stem="w", gain=1.0, exact=False):
        """`[…, wide] → […, out]`; outputs are as loud as inputs times `gain`."""
        std = gain * wide**-0.5
        if self.bits == 32 or exact:
            return self.op("MatMul", [x, self.weight(stem, [wide, out], std)])
        blocks = wide // BLOCK
        rows = max(1, FLOATS_AT_ONCE * 4 // (wide // 2))
        packed = (self.rng.integers(0, 256, min(rows, out - at) * wide // 2, dtype=np.uint8) for at in range(0, out, rows))
        matrix = self.stored(stem, TensorProto.UINT8, [out, blocks, BLOCK // 2], packed)
        scales = self.stored("scales", TensorProto.FLOAT, [out * blocks], [np.full(out * blocks, std / SPREAD_OF_4_BITS, np.float32)])
        return self.op("MatMulNBits", [x, matrix, scales], "com.microsoft", K=wide, N=out, bits=4, block_size=BLOCK)

    def rms_norm(self, x, size):
        return self.op("SimplifiedLayerNormalization", [x, self.ones(size)], axis=-1, epsilon=1e-5, stash_type=1)

    def head_norm(self, x, heads, size):
        split = self.op("Reshape", [x, self.const([0, 0, heads, size])])
        return self.op("Reshape", [self.rms_norm(split, size), self.const([0, 0, heads * size])])

    def gated(self, x, wide, inner):
        """SwiGLU."""
        gate = self.linear(x, wide, inner)
        silu = self.op("Mul", [gate, self.op("Sigmoid", [gate])])
        return self.linear(self.op("Mul", [silu, self.linear(x, wide, inner)]), inner, wide)

    def dim(self, x, axis):
        return self.op("Gather", [self.op("Shape", [x]), self.const(axis)])

    def slice(self, x, start, axis, end=2**31):
        return self.op("Slice", [x, self.const([start]), self.const([end]), self.const([axis])])

    def rotary(self, positions, half, theta):
        angles = np.outer(np.arange(positions), theta ** (-np.arange(half) / half)).astype(np.float32)
        return [self.stored(stem, TensorProto.FLOAT, [positions, half], [f(angles)]) for stem, f in (("cos", np.cos), ("sin", np.sin))]

    def short_conv(self, x, size, past=None):
        """LFM2's gated convolution over three positions, `[B, T, size]`; with the state it leaves, where there is one before."""
        turned = self.op("Transpose", [self.linear(x, size, 3 * size)], perm=[0, 2, 1])
        gate, out_gate, values = (self.op("Slice", [turned, self.const([i * size]), self.const([(i + 1) * size]), self.const([1])]) for i in range(3))
        driven = self.op("Mul", [gate, values])
        kernel = self.weight("kernel", [size, 1, 3], 3**-0.5)
        state = None
        if past is None:
            mixed = self.op("Conv", [driven, kernel], group=size, pads=[2, 0])
        else:
            every = self.op("Concat", [past, driven], axis=2)
            state = self.slice(every, -3, 2)
            mixed = self.op("Conv", [self.slice(every, 1, 2), kernel], group=size)
        back = self.op("Transpose", [self.op("Mul", [out_gate, mixed])], perm=[0, 2, 1])
        return self.linear(back, size, size), state

    def save(self):
        graph = helper.make_graph(self.nodes, "graph", self.inputs, self.outputs, self.weights)
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), self.path)
        self.data.file.close()
