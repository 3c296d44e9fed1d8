"""Ears of random weights for a language model of llama.cpp: Whisper's encoder and Ultravox's projector, as a GGUF file for `--mmproj`.

    python tiny_mmproj.py MODEL.gguf MMPROJ.gguf

It wants gguf and numpy. What is heard through it means nothing; that it is heard, and how, is what is tested.
"""

import sys

import gguf
import numpy as np

#: Stacked so that 30 s are a whole number of rows, and few.
BINS, WIDTH, HEADS, LAYERS, INNER, STACK = 80, 32, 2, 1, 128, 60
#: Positions of Whisper's encoder: 30 s.
POSITIONS = 1500


def width_of(model: str) -> int:
    """Of the language model's embeddings."""
    fields = gguf.GGUFReader(model).fields
    architecture = fields["general.architecture"].contents()
    return int(fields[f"{architecture}.embedding_length"].contents())


def weights(width: int):
    """Names are llama.cpp's; shapes those of torch."""
    random = np.random.default_rng(19)

    def normal(*shape: int) -> np.ndarray:
        return random.normal(0, 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 100), shape).astype(np.float32)

    ones = lambda *shape: np.ones(shape, dtype=np.float32)
    yield "a.conv1d.1.weight", normal(WIDTH, BINS, 3)
    yield "a.conv1d.1.bias", normal(WIDTH, 1)
    yield "a.conv1d.2.weight", normal(WIDTH, WIDTH, 3)
    yield "a.conv1d.2.bias", normal(WIDTH, 1)
    yield "a.position_embd.weight", normal(POSITIONS, WIDTH)
    for layer in range(LAYERS):
        block = f"a.blk.{layer}"
        for norm in ("ln1", "ln2"):
            yield f"{block}.{norm}.weight", ones(WIDTH)
            yield f"{block}.{norm}.bias", normal(WIDTH)
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            yield f"{block}.{part}.weight", normal(WIDTH, WIDTH)
            if part != "attn_k":  # Whisper's keys have none
                yield f"{block}.{part}.bias", normal(WIDTH)
        yield f"{block}.ffn_up.weight", normal(INNER, WIDTH)
        yield f"{block}.ffn_up.bias", normal(INNER)
        yield f"{block}.ffn_down.weight", normal(WIDTH, INNER)
        yield f"{block}.ffn_down.bias", normal(WIDTH)
    yield "a.post_ln.weight", ones(WIDTH)
    yield "a.post_ln.bias", normal(WIDTH)
    # What goes in is stacked; half of what the first layer gives gates the other half.
    yield "mm.a.norm_pre.weight", ones(WIDTH * STACK)
    yield "mm.a.mlp.1.weight", normal(2 * INNER, WIDTH * STACK)
    yield "mm.a.norm_mid.weight", ones(INNER)
    yield "mm.a.mlp.2.weight", normal(width, INNER)


def main(model: str, target: str) -> None:
    width = width_of(model)
    writer = gguf.GGUFWriter(target, "clip")
    writer.add_type("mmproj")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_bool("clip.has_audio_encoder", True)
    writer.add_string("clip.projector_type", "ultravox")
    for key, value in {
        "embedding_length": WIDTH, "feed_forward_length": INNER, "block_count": LAYERS, "attention.head_count": HEADS,
        "num_mel_bins": BINS, "projection_dim": width, "projector.stack_factor": STACK,
    }.items():  # fmt: skip
        writer.add_uint32(f"clip.audio.{key}", value)
    writer.add_float32("clip.audio.attention.layer_norm_epsilon", 1e-5)
    for name, tensor in weights(width):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
