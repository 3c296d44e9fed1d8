"""The ONNX graphs of speech output: one depthformer step, and the detokenizer."""
import torch
import torch.nn as nn
from graphs import export
from speech_model import CODEBOOKS, CODES, DIM, HEAD, KV, LAYERS, NEVER


class DepthStep(nn.Module):
    """One codebook of one frame, in the published signature.

    Cache rows are written at position seqlens_k, so a cache may grow by one a step or be handed over full-length from the start, as with
    GroupQueryAttention: the new length is max(past length, total_seq_len)."""

    def __init__(self, speech):
        super().__init__()
        self.s = speech

    def forward(self, hidden, slices_in, step, prev, past_keys, past_values, seqlens_k, total):
        s = self.s
        slices = torch.where(step == 0, s.project(hidden).reshape(-1, CODEBOOKS, DIM), slices_in)
        before = torch.clamp(step - 1, min=0)
        token = s.token[before][s.slot[before].index_select(0, prev)]
        x = slices.index_select(1, step.reshape(1)) + (token * (step > 0).to(token.dtype)).unsqueeze(1)
        length = torch.maximum(torch._shape_as_tensor(past_keys)[3], total.long())
        at = torch.arange(past_keys.shape[3] + 1, device=x.device)
        here = (at.unsqueeze(0) == seqlens_k.unsqueeze(1)).to(x.dtype)  # [B, past + 1]: where this step's row goes
        bias = (at.unsqueeze(0) > seqlens_k.unsqueeze(1)).to(x.dtype) * -1e9
        here, bias = here[:, None, :, None], bias[:, None, None, :]
        keys, values = [], []
        for i, b in enumerate(s.blocks):
            q, k, v = b.project(x, seqlens_k.unsqueeze(1))
            k, v = (
                torch.cat((old, new * 0), 2) * (1 - here) + new * here
                for old, new in ((past_keys[i], k), (past_values[i], v))
            )
            x = b.attend(x, q, k, v, bias)
            keys.append(k[:, :, :length])
            values.append(v[:, :, :length])
        y = x[:, 0]
        y = y * torch.rsqrt((y * y).mean(-1, keepdim=True) + 1e-5) * s.norm[step]
        used = y @ s.head[step].t() + s.bias[step]
        logits = torch.cat((used, torch.full_like(used[:, :1], NEVER)), 1).index_select(1, s.column[step])
        return logits, slices, torch.stack(keys), torch.stack(values)


def export_depthformer(speech, path):
    B, past = 2, 3
    cache = torch.randn(LAYERS, B, KV, past, HEAD)
    args = (
        torch.randn(B, speech.project.in_features),
        torch.randn(B, CODEBOOKS, DIM),
        torch.tensor(past),
        torch.tensor([5, 7]),
        cache,
        cache + 1,
        torch.full((B,), past, dtype=torch.int32),
        torch.tensor(past + 1, dtype=torch.int32),
    )
    ins = "hidden_states depth_slices_in step_idx prev_token past_keys past_values seqlens_k total_seq_len".split()
    outs = "logits depth_slices new_keys new_values".split()
    dyn = {
        n: {0: "batch_size"}
        for n in ("hidden_states", "depth_slices_in", "prev_token", "seqlens_k", "logits", "depth_slices")
    }
    for n in ("past_keys", "past_values"):
        dyn[n] = {1: "batch_size", 3: "past_length"}
    for n in ("new_keys", "new_values"):
        dyn[n] = {1: "batch_size", 3: "new_length"}
    export(DepthStep(speech), args, path, ins, outs, dyn)


def export_detokenizer(detokenizer, path):
    dyn = {"audio_codes": {0: "batch_size", 2: "time"}, "stft_features": {0: "batch_size", 1: "steps"}}
    codes = torch.randint(0, CODES, (2, CODEBOOKS, 5))
    export(detokenizer, (codes,), path, ["audio_codes"], ["stft_features"], dyn)


def embedding_rows(speech):
    """[8 * 2049, hidden]: what the language model is fed for every code, an unused one as its nearest used one"""
    return torch.stack([speech.embed[c][speech.slot[c]] for c in range(CODEBOOKS)]).reshape(CODEBOOKS * (CODES + 1), -1)
