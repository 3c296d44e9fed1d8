"""Speech output: audio-frame embeddings and the depthformer that turns a hidden state into a frame's eight codes.

Only codes that the voice's units use are trained. Each codebook keeps a compact list of them (`used`, the end code last); an unused code is
embedded as its nearest used one and never predicted.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from model import RMSNorm, SwiGLU

CODEBOOKS, CODES, END = 8, 2048, 2048
DIM, LAYERS, HEADS, KV, FF = 64, 2, 4, 2, 160
HEAD = DIM // HEADS
THETA, NEVER = 1e6, -30.0


def rope_pairs(x, pos):
    """interleaved pairs; x [..., L, HEAD], pos [..., L]"""
    inv = THETA ** (-torch.arange(0, HEAD, 2, dtype=torch.float32) / HEAD)
    angle = pos.unsqueeze(-1).float() * inv
    cos, sin = angle.cos(), angle.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = RMSNorm(DIM), RMSNorm(DIM)
        self.q, self.k, self.v = (nn.Linear(DIM, n * HEAD, bias=False) for n in (HEADS, KV, KV))
        self.o, self.ff = nn.Linear(DIM, DIM, bias=False), SwiGLU(DIM, FF)
        self.qn, self.kn = RMSNorm(HEAD), RMSNorm(HEAD)

    def project(self, x, pos):
        """x [B,L,DIM], pos [B,L] -> q [B,HEADS,L,HEAD], k and v [B,KV,L,HEAD]"""
        h, (B, L, _) = self.n1(x), x.shape
        cut = lambda y, n: y.reshape(B, L, n, HEAD).transpose(1, 2)
        q, k, v = cut(self.q(h), HEADS), cut(self.k(h), KV), cut(self.v(h), KV)
        pos = pos.unsqueeze(1)
        return rope_pairs(self.qn(q), pos), rope_pairs(self.kn(k), pos), v

    def attend(self, x, q, k, v, bias):
        B, _, L, _ = q.shape
        wide = lambda y: y.unsqueeze(2).expand(-1, -1, HEADS // KV, -1, -1).reshape(B, HEADS, -1, HEAD)
        a = torch.softmax(q @ wide(k).transpose(2, 3) * HEAD**-0.5 + bias, -1) @ wide(v)
        x = x + self.o(a.transpose(1, 2).reshape(B, L, DIM))
        return x + self.ff(self.n2(x))


def compact(codes, tables):
    """codes: frames [n,8] of all units; tables [8*2048, d] of the codec -> used (a list of arrays), slot [8, 2049], column [8, 2049]

    slot: compact index of the nearest used code; column: where a code's logit is found (the one after the last: never)
    """
    used = [np.append(np.unique(codes[:, c]), END) for c in range(CODEBOOKS)]
    width = max(map(len, used))
    slot, column = np.zeros((CODEBOOKS, CODES + 1), np.int64), np.full((CODEBOOKS, CODES + 1), width, np.int64)
    for c, u in enumerate(used):
        rows = tables[c * CODES : (c + 1) * CODES]
        mine = rows[u[:-1]]
        slot[c, :CODES] = ((rows**2).sum(1)[:, None] - 2 * rows @ mine.T + (mine**2).sum(1)).argmin(1)
        slot[c, END] = len(u) - 1
        column[c, u] = np.arange(len(u))
    return used, slot, column


class Speech(nn.Module):
    def __init__(self, slot, column, hidden=128):
        super().__init__()
        width = int(column.max())
        self.width = width
        self.register_buffer("slot", torch.as_tensor(slot))
        self.register_buffer("column", torch.as_tensor(column))
        self.embed = nn.Parameter(
            torch.randn(CODEBOOKS, width, hidden) * 0.03
        )  # what the language model is fed, summed over the books
        self.project = nn.Linear(hidden, CODEBOOKS * DIM)
        self.token = nn.Parameter(torch.randn(CODEBOOKS, width, DIM) * 0.1)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.Parameter(torch.ones(CODEBOOKS, DIM))
        self.head = nn.Parameter(torch.randn(CODEBOOKS, width, DIM) * DIM**-0.5)
        self.bias = nn.Parameter(torch.zeros(CODEBOOKS, width))

    def begin_with(self, tables, used, size):
        """frame embeddings that are alike for frames that sound alike: random projections of the codec's rows, `size` long for a typical sum"""
        g = torch.Generator().manual_seed(5)
        p = torch.randn(tables.shape[1], self.embed.shape[-1], generator=g)
        rows = [torch.from_numpy(tables[c * CODES + u[:-1]]) @ p for c, u in enumerate(used)]
        scale = size / float(torch.cat(rows[:1]).norm(dim=1).mean())
        for c, r in enumerate(rows):
            self.embed.data[c, : len(r)] = r * scale

    def compact_codes(self, codes):
        """[..., 8] codes -> compact indices"""
        return self.slot[torch.arange(CODEBOOKS), codes]

    def embed_frames(self, codes):
        """[..., 8] codes -> [..., hidden]"""
        return self.embed[torch.arange(CODEBOOKS), self.compact_codes(codes)].sum(-2)

    def logits_at(self, y, book):
        """y [..., DIM] of codebook `book` (an int or a tensor) -> [..., width]"""
        y = y * torch.rsqrt((y * y).mean(-1, keepdim=True) + 1e-5) * self.norm[book]
        return y @ self.head[book].t() + self.bias[book]

    def loss(self, hidden, codes, first=3.0):
        """hidden [n,H], codes [n,8] -> mean cross-entropy (the first codebook counts `first` times), share of frames wholly right"""
        want = self.compact_codes(codes)
        n = len(hidden)
        x = self.project(hidden).reshape(n, CODEBOOKS, DIM)
        before = self.token[torch.arange(CODEBOOKS - 1), want[:, :-1]]
        x = torch.cat((x[:, :1], x[:, 1:] + before), 1)
        pos = torch.arange(CODEBOOKS).expand(n, -1)
        bias = torch.full((CODEBOOKS, CODEBOOKS), -1e9).triu(1)
        for b in self.blocks:
            x = b.attend(x, *b.project(x, pos), bias)
        total, hit = 0.0, torch.ones(n, dtype=torch.bool)
        for c in range(CODEBOOKS):
            lg = self.logits_at(x[:, c], c)
            total = total + F.cross_entropy(lg, want[:, c]) * (first if c == 0 else 1.0)
            hit &= lg.argmax(-1) == want[:, c]
        return total / (CODEBOOKS - 1 + first), hit

    @torch.no_grad()
    def frame(self, hidden, pick=lambda logits: logits.argmax(-1)):
        """[1,H] -> [8] codes; pick: logits [1,n] -> index [1] (greedy unless told)"""
        keys = [torch.zeros(1, KV, 0, HEAD)] * LAYERS
        values, prev, out = list(keys), None, []
        z = self.project(hidden).reshape(1, CODEBOOKS, DIM)
        for c in range(CODEBOOKS):
            x = z[:, c : c + 1]
            if c:
                x = x + self.token[c - 1, prev].unsqueeze(1)
            for i, b in enumerate(self.blocks):
                q, k, v = b.project(x, torch.full((1, 1), c))
                keys[i], values[i] = torch.cat((keys[i], k), 2), torch.cat((values[i], v), 2)
                x = b.attend(x, q, keys[i], values[i], 0.0)
            used = torch.nonzero(self.column[c] < self.width)[:, 0]  # in the order of the columns
            prev = pick(self.logits_at(x[:, 0], c)[:, : len(used)])
            out.append(int(used[prev]))
        return out
