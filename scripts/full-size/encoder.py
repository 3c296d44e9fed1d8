"""The audio encoder: a FastConformer of 17 layers and the adapter to the language model."""

import numpy as np
from onnx import TensorProto

from sheet import Sheet

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
BINS, CHANNELS, WIDTH, LAYERS, HEADS, KERNEL, OUT = 128, 256, 512, 17, 8, 9, 2048
FRAMES = 5000


def write_encoder(path, bits):
    sheet = Sheet(path, bits, seed=2)
    mel = sheet.input("mel_spectrogram", FLOAT, ["batch_size", "time_steps", BINS])
    lengths = sheet.input("mel_lengths", INT64, ["batch_size"])
    x = subsample(sheet, mel)
    places = relative_places(sheet, x)
    for _ in range(LAYERS):
        x = conformer(sheet, x, places)
    wide = sheet.linear(sheet_norm(sheet, x), WIDTH, OUT)
    gelu = sheet.op("Gelu", [wide], "com.microsoft")
    sheet.output("audio_embeddings", FLOAT, ["batch_size", "reduced_time", OUT], sheet.linear(gelu, OUT, OUT))
    count = sheet.op("Div", [sheet.op("Add", [lengths, sheet.const(7)]), sheet.const(8)])
    sheet.output("audio_lengths", INT64, ["batch_size"], count)
    sheet.save()


def sheet_norm(sheet, x):
    return sheet.op("LayerNormalization", [x, sheet.ones(WIDTH), sheet.const(np.zeros(WIDTH), np.float32)], axis=-1, epsilon=1e-5)


def subsample(sheet, mel):
    """Three strides of two, in time and in mel bins."""
    x = sheet.op("Unsqueeze", [mel, sheet.const([1])])
    strided = {"strides": [2, 2], "pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
    x = sheet.op("Relu", [sheet.op("Conv", [x, sheet.weight("conv", [CHANNELS, 1, 3, 3], 0.5)], **strided)])
    for _ in range(2):
        x = sheet.op("Conv", [x, sheet.weight("conv", [CHANNELS, 1, 3, 3], 0.5)], group=CHANNELS, **strided)
        x = sheet.op("Relu", [sheet.op("Conv", [x, sheet.weight("conv", [CHANNELS, CHANNELS, 1, 1], 1.4 / CHANNELS**0.5)])])
    x = sheet.op("Reshape", [sheet.op("Transpose", [x], perm=[0, 2, 1, 3]), sheet.const([0, 0, CHANNELS * BINS // 8])])
    return sheet.linear(x, CHANNELS * BINS // 8, WIDTH)


def relative_places(sheet, x):
    """Sinusoids of the distances T−1 … −(T−1): `[1, 2T−1, width]`."""
    distances = np.arange(FRAMES - 1, -FRAMES, -1)[:, None] * 10000.0 ** (-np.arange(0, WIDTH, 2) / WIDTH)
    table = np.stack([np.sin(distances), np.cos(distances)], axis=2).reshape(1, -1, WIDTH).astype(np.float32)
    name = sheet.stored("places", FLOAT, list(table.shape), [table])
    frames = sheet.op("Unsqueeze", [sheet.dim(x, 1), sheet.const([0])])
    start = sheet.op("Sub", [sheet.const([FRAMES]), frames])
    end = sheet.op("Add", [sheet.const([FRAMES - 1]), frames])
    return sheet.op("Slice", [name, start, end, sheet.const([1])])


def conformer(sheet, x, places):
    half = sheet.const(0.5, np.float32)
    x = sheet.op("Add", [x, sheet.op("Mul", [half, feed_forward(sheet, sheet_norm(sheet, x))])])
    x = sheet.op("Add", [x, attention(sheet, sheet_norm(sheet, x), places)])
    x = sheet.op("Add", [x, convolution(sheet, sheet_norm(sheet, x))])
    x = sheet.op("Add", [x, sheet.op("Mul", [half, feed_forward(sheet, sheet_norm(sheet, x))])])
    return sheet_norm(sheet, x)


def feed_forward(sheet, x):
    wide = sheet.linear(x, WIDTH, 4 * WIDTH)
    return sheet.linear(sheet.op("Mul", [wide, sheet.op("Sigmoid", [wide])]), 4 * WIDTH, WIDTH)


def attention(sheet, x, places):
    """Transformer-XL's: what is there, and how far away it is."""
    size = WIDTH // HEADS
    split = lambda y, perm: sheet.op("Transpose", [sheet.op("Reshape", [y, sheet.const([0, -1, HEADS, size])])], perm=perm)
    query = sheet.linear(x, WIDTH, WIDTH)
    biased = [split(sheet.op("Add", [query, sheet.weight("bias", [WIDTH], 0.1)]), [0, 2, 1, 3]) for _ in range(2)]
    keys = split(sheet.linear(x, WIDTH, WIDTH), [0, 2, 3, 1])
    values = split(sheet.linear(x, WIDTH, WIDTH), [0, 2, 1, 3])
    far = split(sheet.linear(places, WIDTH, WIDTH), [0, 2, 3, 1])
    distance = shifted(sheet, sheet.op("MatMul", [biased[1], far]), sheet.dim(x, 1))
    scores = sheet.op("Add", [sheet.op("MatMul", [biased[0], keys]), distance])
    weights = sheet.op("Softmax", [sheet.op("Mul", [scores, sheet.const(size**-0.5, np.float32)])], axis=-1)
    mixed = sheet.op("Transpose", [sheet.op("MatMul", [weights, values])], perm=[0, 2, 1, 3])
    return sheet.linear(sheet.op("Reshape", [mixed, sheet.const([0, 0, WIDTH])]), WIDTH, WIDTH)


def shifted(sheet, scores, frames):
    """`[B, heads, T, 2T−1]` by distance → `[B, heads, T, T]` by column."""
    one = sheet.op("Unsqueeze", [frames, sheet.const([0])])
    padded = sheet.op("Pad", [scores, sheet.const([0, 0, 0, 1, 0, 0, 0, 0])])
    turned = sheet.op("Reshape", [padded, sheet.op("Concat", [sheet.const([0, HEADS, -1]), one], axis=0)])
    cut = sheet.slice(turned, 1, 2)
    width = sheet.op("Sub", [sheet.op("Mul", [one, sheet.const([2])]), sheet.const([1])])
    back = sheet.op("Reshape", [cut, sheet.op("Concat", [sheet.const([0, HEADS]), one, width], axis=0)])
    return sheet.op("Slice", [back, sheet.const([0]), one, sheet.const([3])])


def convolution(sheet, x):
    turn = lambda y: sheet.op("Transpose", [y], perm=[0, 2, 1])
    wide = sheet.linear(x, WIDTH, 2 * WIDTH)
    gated = sheet.op("Mul", [sheet.op("Slice", [wide, sheet.const([0]), sheet.const([WIDTH]), sheet.const([2])]), sheet.op("Sigmoid", [sheet.slice(wide, WIDTH, 2)])])
    kernel = sheet.weight("kernel", [WIDTH, 1, KERNEL], KERNEL**-0.5)
    mixed = turn(sheet.op("Conv", [turn(gated), kernel], group=WIDTH, pads=[KERNEL // 2, KERNEL // 2]))
    return sheet.linear(sheet.op("Mul", [mixed, sheet.op("Sigmoid", [mixed])]), WIDTH, WIDTH)
