"""Builds LFM2.5-Audio-1.5B with random weights in the published shapes: `python build.py fp32|q4 FOLDER`."""

import json
import shutil
import sys
from pathlib import Path

from decoder import ATTENTION, HIDDEN, LAYERS, POSITIONS, VOCABULARY, write_decoder, write_table
from encoder import write_encoder
from speech import CODEBOOKS, CODES, write_depthformer, write_detokenizer
from tokenizer import write_tokenizer

NANO = Path(__file__).resolve().parents[2] / "fixtures/models/nano/audio"


def write_config(folder):
    config = json.loads((NANO / "config.json").read_text())
    del config["mllm_shap"]
    config["encoder"] = {"feat_in": 128, "feat_out": -1, "n_layers": 17, "d_model": 512, "n_heads": 8, "conv_kernel_size": 9, "subsampling_factor": 8}
    config["depthformer"] = {"layers": 6, "dim": 1024, "tie": True}
    config["lfm"] |= {
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": 12288,
        "num_hidden_layers": LAYERS,
        "layer_types": ["full_attention" if i in ATTENTION else "conv" for i in range(LAYERS)],
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "rope_theta": 1000000.0,
        "max_position_embeddings": POSITIONS,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))


def main(layout, folder):
    bits, suffix = {"fp32": (32, ""), "q4": (4, "_q4")}[layout]
    graphs = folder / "onnx"
    graphs.mkdir(parents=True)
    write_config(folder)
    write_tokenizer(NANO, folder, VOCABULARY)
    shutil.copy(NANO / "onnx/mel_config.json", graphs / "mel_config.json")
    write_table(graphs / "embed_tokens", VOCABULARY, 5, {})
    write_table(graphs / "audio_embedding", CODEBOOKS * CODES, 6, {"num_codebooks": CODEBOOKS, "codebook_vocab": CODES})
    parts = {
        "audio_encoder": write_encoder,
        "vocoder_depthformer": write_depthformer,
        "audio_detokenizer": write_detokenizer,
        "decoder": write_decoder,
    }
    for name, write in parts.items():
        write(graphs / f"{name}{suffix}.onnx", bits)
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
