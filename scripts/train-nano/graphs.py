"""The ONNX graphs of the language model and the audio encoder, with the published input and output names."""
import warnings
import torch

warnings.filterwarnings("ignore")
OPSET = 15


class DecoderGraph(torch.nn.Module):
    """flat inputs and outputs around Decoder.forward; `ids=True` starts from input_ids (the text-only model.onnx)"""

    def __init__(self, dec, ids):
        super().__init__()
        self.dec, self.ids = dec, ids

    def forward(self, x, mask, *flat_past):
        it = iter(flat_past)
        past = [[next(it)] if k == "conv" else [next(it), next(it)] for k in self.dec.c["layer_types"]]
        h, present = self.dec(self.dec.embed(x) if self.ids else x, mask, past)
        return (self.dec.logits(h), h, *[t for p in present for t in p])


def export_decoder(dec, path, ids):
    """`ids`: input_ids [B,S] int64, else inputs_embeds [B,S,H]; -> logits [B,S,V], hidden_states [B,S,H] after the final norm, caches"""
    c = dec.c
    H, V = c["hidden_size"], c["vocab_size"]
    kv, d = c["num_key_value_heads"], H // c["num_attention_heads"]
    B, S, P = 2, 5, 3
    ins = ["input_ids" if ids else "inputs_embeds", "attention_mask"]
    outs = ["logits", "hidden_states"]
    # transformers.js sizes an empty cache from the *names* of the dynamic axes: "batch_size" is the batch, any other name is 0
    dyn = {
        ins[0]: {0: "batch_size", 1: "sequence_length"},
        "attention_mask": {0: "batch_size", 1: "total_sequence_length"},
    }
    for o in outs:
        dyn[o] = {0: "batch_size", 1: "sequence_length"}
    past = []
    for i, k in enumerate(c["layer_types"]):
        if k == "conv":
            ins.append(f"past_conv.{i}")
            outs.append(f"present_conv.{i}")
            past.append(torch.randn(B, H, 3))
            dyn[ins[-1]] = dyn[outs[-1]] = {0: "batch_size"}
            continue
        for n in ("key", "value"):
            ins.append(f"past_key_values.{i}.{n}")
            outs.append(f"present.{i}.{n}")
            past.append(torch.randn(B, kv, P, d))
            dyn[ins[-1]] = {0: "batch_size", 2: "past_sequence_length"}
            dyn[outs[-1]] = {0: "batch_size", 2: "total_sequence_length"}
    x = torch.randint(0, V, (B, S)) if ids else torch.randn(B, S, H)
    args = (x, torch.ones(B, P + S, dtype=torch.long), *past)
    export(DecoderGraph(dec, ids), args, path, ins, outs, dyn)


def export_encoder(enc, path):
    """mel_spectrogram [B,T,128], mel_lengths [B] -> audio_embeddings [B,ceil(T/8),H], audio_lengths [B]"""
    dyn = {
        "mel_spectrogram": {0: "batch_size", 1: "time_steps"},
        "mel_lengths": {0: "batch_size"},
        "audio_embeddings": {0: "batch_size", 1: "reduced_time"},
        "audio_lengths": {0: "batch_size"},
    }
    names = list(dyn)
    export(enc, (torch.randn(1, 77, 128), torch.tensor([77])), path, names[:2], names[2:], dyn)


def export(module, args, path, ins, outs, dyn):
    torch.onnx.export(
        module, args, str(path), input_names=ins, output_names=outs, dynamic_axes=dyn, opset_version=OPSET
    )
