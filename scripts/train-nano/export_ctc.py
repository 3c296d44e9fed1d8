"""The character CTC aligner as a Wav2Vec2ForCTC-shaped folder: input_values [1,N] at 16 kHz -> log-probabilities [1,frames,32]."""
import json
import torch
from checkpoint import load_state
from ctc_model import VOCAB, CharCTC, WaveCTC
from graphs import export
from storage import store_small


def tokenizer_json():
    plain = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    return dict(
        version="1.0",
        truncation=None,
        padding=None,
        added_tokens=[dict(id=i, content=VOCAB[i], **plain) for i in range(4)],
        normalizer=dict(type="Replace", pattern=dict(String=" "), content="|"),
        pre_tokenizer=dict(type="Split", pattern=dict(Regex=""), behavior="Isolated", invert=False),
        post_processor=None,
        decoder=dict(type="CTC", pad_token="<pad>", word_delimiter_token="|", cleanup=True),
        model=dict(vocab={c: i for i, c in enumerate(VOCAB)}),
    )


CONFIG = dict(
    model_type="wav2vec2",
    architectures=["Wav2Vec2ForCTC"],
    vocab_size=32,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
    conv_kernel=[400, 3],
    conv_stride=[160, 2],
    inputs_to_logits_ratio=320,
)
PREPROCESSOR = dict(
    feature_extractor_type="Wav2Vec2FeatureExtractor",
    sampling_rate=16000,
    do_normalize=True,
    feature_size=1,
    padding_value=0.0,
    padding_side="right",
    return_attention_mask=False,
)
TOKENIZER_CONFIG = dict(
    tokenizer_class="Wav2Vec2CTCTokenizer",
    pad_token="<pad>",
    bos_token="<s>",
    eos_token="</s>",
    unk_token="<unk>",
    word_delimiter_token="|",
    do_lower_case=False,
)


def load_ctc(weights):
    net = CharCTC()
    net.load_state_dict(load_state(weights))
    return WaveCTC(net.eval()).eval()


def export_ctc(weights, out):
    graph = out / "onnx" / "model.onnx"
    graph.parent.mkdir(parents=True, exist_ok=True)
    dyn = {"input_values": {0: "batch_size", 1: "sequence_length"}, "logits": {0: "batch_size", 1: "frames"}}
    export(load_ctc(weights), (torch.randn(1, 24000),), graph, ["input_values"], ["logits"], dyn)
    store_small(graph)
    files = {
        "vocab": {c: i for i, c in enumerate(VOCAB)},
        "tokenizer": tokenizer_json(),
        "config": CONFIG,
        "preprocessor_config": PREPROCESSOR,
        "tokenizer_config": TOKENIZER_CONFIG,
    }
    for name, value in files.items():
        (out / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n")
