"""The language model: LFM2 of 16 layers."""

import numpy as np
from onnx import TensorProto

from sheet import Sheet

FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
HIDDEN, INNER, VOCABULARY, POSITIONS = 2048, 8192, 65536, 32768
LAYERS, ATTENTION = 16, (2, 5, 8, 10, 12, 14)
HEADS, KV_HEADS, HEAD_DIM = 32, 8, 64


def write_decoder(path, bits):
    sheet = Sheet(path, bits, seed=1)
    x = sheet.input("inputs_embeds", FLOAT, ["batch_size", "sequence_length", HIDDEN])
    mask = sheet.input("attention_mask", INT64, ["batch_size", "total_sequence_length"])
    total = sheet.op("ReduceSum", [mask, sheet.const([1])], keepdims=0)
    lengths = sheet.op("Cast", [sheet.op("Sub", [total, sheet.const(1)])], to=INT32)
    width = sheet.op("Cast", [sheet.dim(mask, 1)], to=INT32)
    tables = sheet.rotary(POSITIONS, HEAD_DIM // 2, 1e6)
    for layer in range(LAYERS):
        block = attention if layer in ATTENTION else convolution
        x = sheet.op("Add", [x, block(sheet, sheet.rms_norm(x, HIDDEN), layer, lengths, width, tables)])
        x = sheet.op("Add", [x, sheet.gated(sheet.rms_norm(x, HIDDEN), HIDDEN, INNER)])
    x = sheet.rms_norm(x, HIDDEN)
    # The published q4 graph keeps its last matrix in float32. Twice as loud as the rest: answers that are worth a probability.
    logits = sheet.linear(x, HIDDEN, VOCABULARY, "lm_head", gain=2.0, exact=True)
    sheet.output("logits", FLOAT, ["batch_size", "sequence_length", VOCABULARY], logits)
    sheet.output("hidden_states", FLOAT, ["batch_size", "sequence_length", HIDDEN], x)
    sheet.save()


def convolution(sheet, x, layer, *_):
    past = sheet.input(f"past_conv.{layer}", FLOAT, ["batch_size", HIDDEN, 3])
    mixed, state = sheet.short_conv(x, HIDDEN, past)
    sheet.output(f"present_conv.{layer}", FLOAT, ["batch_size", HIDDEN, 3], state)
    return mixed


def attention(sheet, x, layer, lengths, width, tables):
    dims = ["batch_size", KV_HEADS, "past_sequence_length", HEAD_DIM]
    past = [sheet.input(f"past_key_values.{layer}.{kind}", FLOAT, dims) for kind in ("key", "value")]
    query = sheet.head_norm(sheet.linear(x, HIDDEN, HEADS * HEAD_DIM), HEADS, HEAD_DIM)
    key = sheet.head_norm(sheet.linear(x, HIDDEN, KV_HEADS * HEAD_DIM), KV_HEADS, HEAD_DIM)
    value = sheet.linear(x, HIDDEN, KV_HEADS * HEAD_DIM)
    present = [f"present.{layer}.{kind}" for kind in ("key", "value")]
    mixed = sheet.name("mixed")
    inputs = [query, key, value, *past, lengths, width, *tables]
    heads = {"num_heads": HEADS, "kv_num_heads": KV_HEADS, "do_rotary": 1, "rotary_interleaved": 0}
    sheet.node("GroupQueryAttention", inputs, [mixed, *present], "com.microsoft", **heads)
    for name in present:
        sheet.output(name, FLOAT, ["batch_size", KV_HEADS, "total_sequence_length", HEAD_DIM])
    return sheet.linear(mixed, HEADS * HEAD_DIM, HIDDEN)


def write_table(path, rows, seed, about):
    """Float32 rows and the JSON file beside them."""
    import json

    from sheet import uniform

    rng = np.random.default_rng(seed)
    with open(path.with_suffix(".bin"), "wb") as file:
        for at in range(0, rows, 4096):
            file.write(uniform(rng, min(4096, rows - at) * HIDDEN, 1.0).tobytes())
    about = {"vocab_size": rows, "hidden_size": HIDDEN, **about, "dtype": "float32", "byte_order": "little"}
    path.with_suffix(".json").write_text(json.dumps(about))
