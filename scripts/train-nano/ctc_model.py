"""A tiny wav2vec2-shaped acoustic model: waveform (or its log-mels) -> 32 character logits every 20 ms, for forced alignment.

The waveform front end is inside the exported graph (framing and DFT as one fixed convolution), so it is a drop-in for
Wav2Vec2ForCTC ONNX files: input_values [B,N] -> logits [B, floor((N-400)/320)+1, 32].
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from model import EncBlock, RMSNorm, rope

VOCAB = ["<pad>", "<s>", "</s>", "<unk>", "|"] + list("ETAONIHSRDLUMWCFGYPBVK'XJQZ")
ID = {c: i for i, c in enumerate(VOCAB)}
WINDOW = 24  # attention reach in 40 ms frames: any length works as in training


class CharCTC(nn.Module):
    def __init__(self, d=144, layers=4, mels=80):
        super().__init__()
        self.c1, self.c2 = nn.Conv1d(mels, 128, 3, 2, 1), nn.Conv1d(128, d, 3, 2, 1)
        self.blocks = nn.ModuleList(EncBlock(d, 4, 2 * d, 9) for _ in range(layers))
        self.norm, self.up = RMSNorm(d), nn.Linear(d, 256)
        self.mix, self.out = nn.Conv1d(128, 128, 3, 1, 1), nn.Linear(128, len(VOCAB))
        self.hd = d // 4

    def forward(self, mel, lengths=None):
        """normalised mel [B,T,80] -> log-probs [B,ceil(T/2),32]"""
        if lengths is None:
            lengths = torch.full_like(mel[:, 0, 0], mel.shape[1]).long()

        def keep(n, T):
            return (torch.arange(T, device=mel.device).unsqueeze(0) < n.unsqueeze(1)).to(mel.dtype).unsqueeze(1)

        n1 = torch.div(lengths + 1, 2, rounding_mode="floor")
        n2 = torch.div(n1 + 1, 2, rounding_mode="floor")
        a = F.silu(self.c1(mel.transpose(1, 2)))
        a = a * keep(n1, a.shape[2])
        x = F.silu(self.c2(a)).transpose(1, 2).contiguous()
        idx = torch.arange(x.shape[1], device=mel.device)
        k2 = keep(n2, x.shape[1])
        near = ((idx.unsqueeze(0) - idx.unsqueeze(1)).abs() <= WINDOW).to(mel.dtype)
        bias = ((1 - near.unsqueeze(0) * k2) * -1e9).unsqueeze(1)
        cos, sin = rope(idx.unsqueeze(0), self.hd, 10000.0)
        for b in self.blocks:
            x = b(x, k2.transpose(1, 2), bias, cos, sin)
        u = self.up(self.norm(x)).reshape(x.shape[0], -1, 128)[:, : a.shape[2]]  # 40 ms -> 20 ms
        y = (F.silu(u) + a.transpose(1, 2)) * keep(n1, a.shape[2]).transpose(1, 2)
        y = F.silu(self.mix(y.transpose(1, 2))).transpose(1, 2)
        return F.log_softmax(self.out(y), -1)


class WaveCTC(nn.Module):
    """front end + network: the graph that is exported"""

    def __init__(self, net):
        super().__init__()
        from ctc_synth import FB80, WIN

        k = np.arange(257)[:, None] * np.arange(400)[None] * (2 * np.pi / 512)
        basis = np.concatenate([np.cos(k), -np.sin(k)]) * WIN
        self.net = net
        half = lambda a: torch.from_numpy(a.astype(np.float16).astype(np.float32))  # as the weights: see checkpoint.py
        self.register_buffer("basis", half(basis)[:, None])
        self.register_buffer("fb", half(FB80.T))

    def forward(self, x):
        x = x - x.mean(1, keepdim=True)
        x = x / torch.sqrt((x * x).mean(1, keepdim=True) + 1e-7)
        s = F.conv1d(x.unsqueeze(1), self.basis, stride=160)
        m = torch.log((s[:, :257] ** 2 + s[:, 257:] ** 2).transpose(1, 2) @ self.fb + 1e-5)
        m = m - m.mean(1, keepdim=True)
        return self.net(m / (torch.sqrt((m * m).mean(1, keepdim=True)) + 1e-3))


def normalize(m):
    m = m.astype(np.float32)
    m = m - m.mean(0)
    return m / (np.sqrt((m * m).mean(0)) + 1e-3)


def align(lp, text, quiet=None):
    """Viterbi forced alignment. lp [T,32] log-probs, text in words -> [(word, first frame, last frame, mean log-prob)].
    quiet [T] (optional): frames of an energy pause, open only to states between words (a letter cannot slide across a pause)
    """
    words = text.upper().split()
    lab, owner = [], []
    for w, s in enumerate(words):
        if w:
            lab.append(ID["|"])
            owner.append(-1)
        for c in s:
            lab.append(ID.get(c, 3))
            owner.append(w)
    ext = [0]
    for l in lab:
        ext += [l, 0]
    N, T = len(ext), len(lp)
    e = np.array(ext)
    skip = np.zeros(N, bool)
    skip[2:] = (e[2:] != 0) & (e[2:] != e[:-2])
    between = np.zeros(N, bool)  # '|', the blanks beside it, and the blanks at both ends
    for j in range(0, N, 2):
        between[j] = j in (0, N - 1) or lab[j // 2 - 1] == ID["|"] or lab[j // 2] == ID["|"]
    for j in range(1, N, 2):
        between[j] = lab[j // 2] == ID["|"]
    shut = np.where(between, 0, -100.0)
    d = np.full(N, -1e30)
    d[0], d[1] = lp[0, 0], lp[0, e[1]]
    bp = np.zeros((T, N), np.int8)
    for t in range(1, T):
        c = np.stack([d, np.r_[-1e30, d[:-1]], np.where(skip, np.r_[-1e30, -1e30, d[:-2]], -1e30)])
        bp[t] = c.argmax(0)
        d = c.max(0) + lp[t, e] + (shut if quiet is not None and quiet[t] else 0)
    j = N - 1 if d[N - 1] > d[N - 2] else N - 2
    path = [j]
    for t in range(T - 1, 0, -1):
        j -= bp[t, j]
        path.append(j)
    path = path[::-1]
    res = {}
    for t, j in enumerate(path):
        if j % 2 and owner[j // 2] >= 0:
            res.setdefault(owner[j // 2], []).append((t, lp[t, e[j]]))
    return [(words[w], v[0][0], v[-1][0], float(np.mean([x for _, x in v]))) for w, v in sorted(res.items())]


def greedy(lp):
    p, out = 0, []
    for i in lp.argmax(-1):
        if i != p and i:
            out.append(VOCAB[i])
        p = i
    return "".join(out).replace("|", " ").strip()
