"""What speaks: the depthformer, which draws the eight codes of a frame, and the detokenizer, which turns codes into spectra."""

import numpy as np
from onnx import TensorProto, helper

from sheet import Sheet

FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
HIDDEN, CODEBOOKS, CODES = 2048, 8, 2049
WIDTH, INNER, LAYERS, HEADS, KV_HEADS, HEAD_DIM, POSITIONS = 1024, 2816, 6, 32, 8, 32, 16


def write_depthformer(path, bits):
    sheet = Sheet(path, bits, seed=3)
    state = sheet.input("hidden_states", FLOAT, ["batch", HIDDEN])
    given = sheet.input("depth_slices_in", FLOAT, ["batch", CODEBOOKS, WIDTH])
    step = sheet.input("step_idx", INT64, [])
    previous = sheet.input("prev_token", INT64, ["batch"])
    dims = [LAYERS, "batch", KV_HEADS, "past_len", HEAD_DIM]
    pasts = [sheet.input(f"past_{kind}", FLOAT, dims) for kind in ("keys", "values")]
    seen = [sheet.input("seqlens_k", INT32, ["batch"]), sheet.input("total_seq_len", INT32, [])]
    slices = projected(sheet, state, given, step)
    x = sheet.op("Unsqueeze", [position(sheet, slices, previous, step), sheet.const([1])])
    tables = sheet.rotary(POSITIONS, HEAD_DIM // 2, 1e6)
    made = [[], []]
    for layer in range(LAYERS):
        past = [sheet.op("Gather", [all_layers, sheet.const(layer)], axis=0) for all_layers in pasts]
        mixed, present = attention(sheet, sheet.rms_norm(x, WIDTH), past, seen, tables)
        for kept, one in zip(made, present):
            kept.append(sheet.op("Unsqueeze", [one, sheet.const([0])]))
        x = sheet.op("Add", [x, mixed])
        x = sheet.op("Add", [x, sheet.gated(sheet.rms_norm(x, WIDTH), WIDTH, INNER)])
    last = sheet.op("Squeeze", [sheet.rms_norm(x, WIDTH), sheet.const([1])])
    head = sheet.op("Gather", [sheet.weight("heads", [CODEBOOKS, WIDTH, CODES], 2 * WIDTH**-0.5), step], axis=0)
    sheet.output("logits", FLOAT, ["batch", CODES], sheet.op("MatMul", [last, head]))
    sheet.output("depth_slices", FLOAT, ["batch", CODEBOOKS, WIDTH], slices)
    for kind, layers in zip(("keys", "values"), made):
        sheet.output(f"new_{kind}", FLOAT, [LAYERS, "batch", KV_HEADS, "new_len", HEAD_DIM], sheet.op("Concat", layers, axis=0))
    sheet.save()


def projected(sheet, state, given, step):
    """An If: the hidden state is projected at the first step and handed through later."""
    before = len(sheet.nodes)
    flat = sheet.op("Reshape", [sheet.linear(state, HIDDEN, CODEBOOKS * WIDTH), sheet.const([-1, CODEBOOKS, WIDTH])])
    branch, sheet.nodes = sheet.nodes[before:], sheet.nodes[:before]
    dims = ["batch", CODEBOOKS, WIDTH]
    first = helper.make_graph(branch, "first", [], [helper.make_tensor_value_info(flat, FLOAT, dims)])
    same = helper.make_node("Identity", [given], ["handed_on"])
    later = helper.make_graph([same], "later", [], [helper.make_tensor_value_info("handed_on", FLOAT, dims)])
    return sheet.op("If", [sheet.op("Equal", [step, sheet.const(0)])], then_branch=first, else_branch=later)


def position(sheet, slices, previous, step):
    """This codebook's slice and, from the second on, the code before it."""
    later = sheet.op("Cast", [sheet.op("Greater", [step, sheet.const(0)])], to=FLOAT)
    before = sheet.op("Mul", [sheet.op("Sub", [step, sheet.const(1)]), sheet.const(CODES)])
    row = sheet.op("Max", [sheet.op("Add", [before, previous]), sheet.const(0)])
    code = sheet.op("Gather", [sheet.weight("codes", [CODEBOOKS * CODES, WIDTH], 1.0), row])
    return sheet.op("Add", [sheet.op("Gather", [slices, step], axis=1), sheet.op("Mul", [code, later])])


def attention(sheet, x, past, seen, tables):
    query = sheet.head_norm(sheet.linear(x, WIDTH, HEADS * HEAD_DIM), HEADS, HEAD_DIM)
    key = sheet.head_norm(sheet.linear(x, WIDTH, KV_HEADS * HEAD_DIM), KV_HEADS, HEAD_DIM)
    value = sheet.linear(x, WIDTH, KV_HEADS * HEAD_DIM)
    names = [sheet.name(stem) for stem in ("mixed", "keys", "values")]
    heads = {"num_heads": HEADS, "kv_num_heads": KV_HEADS, "do_rotary": 1, "rotary_interleaved": 0}
    sheet.node("GroupQueryAttention", [query, key, value, *past, *seen, *tables], names, "com.microsoft", **heads)
    return sheet.linear(names[0], HEADS * HEAD_DIM, WIDTH), names[1:]


SLOW, SPECTRUM, LAYERS_OUT, INNER_OUT, UP = 512, 1282, "ccscscsc", 2304, 6


def write_detokenizer(path, bits):
    sheet = Sheet(path, bits, seed=4)
    codes = sheet.input("audio_codes", INT64, ["batch_size", CODEBOOKS, "time"])
    offsets = sheet.const(np.arange(CODEBOOKS).reshape(CODEBOOKS, 1) * 2048)
    rows = sheet.op("Gather", [sheet.weight("codes", [CODEBOOKS * 2048, SLOW], 1.0), sheet.op("Add", [codes, offsets])])
    mean = sheet.op("ReduceMean", [rows, sheet.const([1])], keepdims=0)
    repeated = sheet.op("Tile", [sheet.op("Unsqueeze", [mean, sheet.const([2])]), sheet.const([1, 1, UP, 1])])
    x = sheet.op("Reshape", [repeated, sheet.const([0, -1, SLOW])])
    for kind in LAYERS_OUT:
        quiet = sheet.rms_norm(x, SLOW)
        x = sheet.op("Add", [x, sheet.short_conv(quiet, SLOW)[0] if kind == "c" else window(sheet, quiet)])
        x = sheet.op("Add", [x, sheet.gated(sheet.rms_norm(x, SLOW), SLOW, INNER_OUT)])
    spectra = sheet.linear(sheet.rms_norm(x, SLOW), SLOW, SPECTRUM)
    quiet = sheet.const(np.concatenate([np.full(SPECTRUM // 2, -3), np.zeros(SPECTRUM // 2)]), np.float32)
    sheet.output("stft_features", FLOAT, ["batch_size", "time", SPECTRUM], sheet.op("Add", [spectra, quiet]))
    sheet.save()


def window(sheet, x):
    """Attention over the last 30 steps."""
    heads, kv_heads, size = 16, 8, 32
    steps = sheet.dim(x, 1)
    rows = sheet.op("Unsqueeze", [sheet.dim(x, 0), sheet.const([0])])
    lengths = sheet.op("Cast", [sheet.op("Expand", [sheet.op("Sub", [steps, sheet.const(1)]), rows])], to=INT32)
    query = sheet.head_norm(sheet.linear(x, SLOW, heads * size), heads, size)
    key = sheet.head_norm(sheet.linear(x, SLOW, kv_heads * size), kv_heads, size)
    value = sheet.linear(x, SLOW, kv_heads * size)
    names = [sheet.name(stem) for stem in ("mixed", "keys", "values")]
    inputs = [query, key, value, "", "", lengths, sheet.op("Cast", [steps], to=INT32)]
    sheet.node("GroupQueryAttention", inputs, names, "com.microsoft", num_heads=heads, kv_num_heads=kv_heads, local_window_size=30)
    return sheet.linear(names[0], heads * size, SLOW)
