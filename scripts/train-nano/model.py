"""The nano model: an LFM2-style hybrid decoder and a small conformer-like audio encoder.

Decoder layers follow LFM2: `conv` = double-gated short convolution with a cache of 3 inputs, `full_attention` =
GQA with q/k RMSNorm and RoPE; each followed by SwiGLU; tied embeddings.  One forward serves training (no cache),
prefill and decoding, so the exported graph is the trained code.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

CFG = dict(
    vocab_size=855,
    hidden_size=128,
    layer_types=["conv", "full_attention", "conv", "full_attention", "conv", "full_attention"],
    num_attention_heads=4,
    num_key_value_heads=2,
    intermediate_size=320,
    rope_theta=10000.0,
    norm_eps=1e-5,
    conv_L_cache=3,
    enc_layers=4,
    enc_heads=4,
    enc_ff=320,
    enc_kernel=7,
    n_mels=128,
)


class RMSNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(d)), eps

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight


class SwiGLU(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.w1, self.w3, self.w2 = (
            nn.Linear(d, h, bias=False),
            nn.Linear(d, h, bias=False),
            nn.Linear(h, d, bias=False),
        )

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


def rope(pos, dim, theta):
    """pos [B,S] -> cos, sin [B,1,S,dim] (half-split layout, as HuggingFace)"""
    inv = theta ** (-torch.arange(0, dim, 2, dtype=torch.float32) / dim)
    f = pos.float().unsqueeze(-1) * inv
    f = torch.cat((f, f), -1).unsqueeze(1)
    return f.cos(), f.sin()


def rotate(x, cos, sin):
    h = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., h:], x[..., :h]), -1) * sin


class ShortConv(nn.Module):
    """y = out(C * conv3(B * x)); past/present are the last 3 values of B * x, [B,H,3]"""

    def __init__(self, d):
        super().__init__()
        self.in_proj, self.out_proj = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.weight = nn.Parameter(torch.tensor([0.3, 0.3, 0.6]).repeat(d, 1) + 0.05 * torch.randn(d, 3))

    def forward(self, x, past, keep):
        b, c, v = self.in_proj(x * keep).chunk(3, -1)  # keep [B,S,1]: left padding leaves the cache at zero
        s = torch.cat((past.transpose(1, 2), b * v), 1)  # [B,3+S,H]
        w = self.weight
        y = s[:, 1:-2] * w[:, 0] + s[:, 2:-1] * w[:, 1] + s[:, 3:] * w[:, 2]
        return self.out_proj(c * y), s[:, -3:].transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, self.h, self.kv = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
        self.d = d // self.h
        self.q, self.k, self.v = (
            nn.Linear(d, d, bias=False),
            nn.Linear(d, self.kv * self.d, bias=False),
            nn.Linear(d, self.kv * self.d, bias=False),
        )
        self.o = nn.Linear(d, d, bias=False)
        self.qn, self.kn = RMSNorm(self.d), RMSNorm(self.d)

    def forward(self, x, past_k, past_v, cos, sin, bias):
        B, S, g = x.shape[0], x.shape[1], self.h // self.kv
        q = rotate(self.qn(self.q(x).reshape(B, S, self.h, self.d)).transpose(1, 2), cos, sin)
        k = rotate(self.kn(self.k(x).reshape(B, S, self.kv, self.d)).transpose(1, 2), cos, sin)
        v = self.v(x).reshape(B, S, self.kv, self.d).transpose(1, 2)
        k, v = torch.cat((past_k, k), 2), torch.cat((past_v, v), 2)
        kk = k.unsqueeze(2).expand(-1, -1, g, -1, -1).reshape(B, self.h, -1, self.d)
        vv = v.unsqueeze(2).expand(-1, -1, g, -1, -1).reshape(B, self.h, -1, self.d)
        a = torch.softmax(q @ kk.transpose(2, 3) * (self.d**-0.5) + bias, -1)
        return self.o((a @ vv).transpose(1, 2).reshape(B, S, self.h * self.d)), k, v


class Layer(nn.Module):
    def __init__(self, c, kind):
        super().__init__()
        d = c["hidden_size"]
        self.kind = kind
        self.n1, self.n2 = RMSNorm(d), RMSNorm(d)
        self.op = ShortConv(d) if kind == "conv" else Attention(c)
        self.ff = SwiGLU(d, c["intermediate_size"])

    def forward(self, x, past, keep, cos, sin, bias):
        h = self.n1(x)
        if self.kind == "conv":
            y, *new = self.op(h, past[0], keep)
        else:
            y, *new = self.op(h, past[0], past[1], cos, sin, bias)
        x = x + y
        return x + self.ff(self.n2(x)), new


class Decoder(nn.Module):
    def __init__(self, c=CFG):
        super().__init__()
        self.c = c
        self.embed = nn.Embedding(c["vocab_size"], c["hidden_size"])
        nn.init.normal_(self.embed.weight, std=0.1)
        self.layers = nn.ModuleList(Layer(c, k) for k in c["layer_types"])
        self.norm = RMSNorm(c["hidden_size"])
        for n, p in self.named_parameters():
            if n.endswith(("out_proj.weight", ".o.weight", "w2.weight")):
                p.data.mul_(0.4)

    def empty_past(self, B):
        c = self.c
        H, kv, d = c["hidden_size"], c["num_key_value_heads"], c["hidden_size"] // c["num_attention_heads"]
        return [[torch.zeros(B, H, 3)] if k == "conv" else [torch.zeros(B, kv, 0, d)] * 2 for k in c["layer_types"]]

    def forward(self, x, mask, past):
        """x [B,S,H], mask [B,P+S] -> hidden [B,S,H], present"""
        S, L = x.shape[1], mask.shape[1]
        P = L - S
        pos = (mask.cumsum(1) - 1).clamp(min=0)[:, P:]
        cos, sin = rope(pos, self.c["hidden_size"] // self.c["num_attention_heads"], self.c["rope_theta"])
        idx = torch.arange(L, device=x.device)
        ok = (idx.unsqueeze(0) <= idx[P:].unsqueeze(1)).unsqueeze(0) & (mask > 0).unsqueeze(1)  # [B,S,L]
        bias = (1.0 - ok.to(x.dtype)).unsqueeze(1) * -1e9
        keep = mask[:, P:].unsqueeze(-1).to(x.dtype)
        present = []
        for l, p in zip(self.layers, past):
            x, new = l(x, p, keep, cos, sin, bias)
            present.append(new)
        return self.norm(x), present

    def logits(self, h):
        return h @ self.embed.weight.t()


class EncBlock(nn.Module):
    """attention (RoPE, bidirectional) + gated depthwise conv + SwiGLU"""

    def __init__(self, d, heads, ff, k):
        super().__init__()
        self.h, self.d, self.k = heads, d // heads, k
        self.n1, self.n2, self.n3 = RMSNorm(d), RMSNorm(d), RMSNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.cin, self.cout = nn.Linear(d, 2 * d, bias=False), nn.Linear(d, d, bias=False)
        self.dw = nn.Parameter(torch.randn(k, d) * (1 / k**0.5))
        self.ff = SwiGLU(d, ff)

    def forward(self, x, keep, bias, cos, sin):
        B, T, D = x.shape
        q, k, v = self.qkv(self.n1(x)).reshape(B, T, 3, self.h, self.d).permute(2, 0, 3, 1, 4).unbind(0)
        a = torch.softmax(rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(2, 3) * (self.d**-0.5) + bias, -1)
        x = x + self.o((a @ v).transpose(1, 2).reshape(B, T, D))
        g, u = self.cin(self.n2(x)).chunk(2, -1)
        u = F.pad(u * torch.sigmoid(g) * keep, (0, 0, self.k // 2, self.k // 2))
        y = sum(u[:, i : u.shape[1] - self.k + 1 + i] * self.dw[i] for i in range(self.k))
        x = x + self.cout(F.silu(y))
        return x + self.ff(self.n3(x))


class Encoder(nn.Module):
    """mel [B,T,128] -> [B,ceil(T/8),H]: three stride-2 convolutions, conformer-ish blocks, an adapter"""

    def __init__(self, c=CFG):
        super().__init__()
        d, self.c = c["hidden_size"], c
        self.conv = nn.ModuleList(
            [nn.Conv1d(c["n_mels"], d, 3, 2, 1), nn.Conv1d(d, d, 3, 2, 1), nn.Conv1d(d, d, 3, 2, 1)]
        )
        self.blocks = nn.ModuleList(
            EncBlock(d, c["enc_heads"], c["enc_ff"], c["enc_kernel"]) for _ in range(c["enc_layers"])
        )
        self.norm = RMSNorm(d)
        self.adapter = nn.Linear(d, d, bias=False)

    def forward(self, mel, lengths):
        x = mel.transpose(1, 2)
        n = lengths
        for conv in self.conv:  # zero what lies beyond each length, so padding cannot leak
            m = (torch.arange(x.shape[2], device=x.device).unsqueeze(0) < n.unsqueeze(1)).unsqueeze(1)
            x = F.silu(conv(x * m.to(x.dtype)))
            n = torch.div(n + 1, 2, rounding_mode="floor")
        x = x.transpose(1, 2).contiguous()
        idx = torch.arange(x.shape[1], device=x.device).unsqueeze(0)
        keep = (idx < n.unsqueeze(1)).to(x.dtype)
        bias = (1.0 - keep).unsqueeze(1).unsqueeze(1) * -1e9
        cos, sin = rope(idx, self.c["hidden_size"] // self.c["enc_heads"], 10000.0)
        keep = keep.unsqueeze(-1)
        for b in self.blocks:
            x = b(x, keep, bias, cos, sin)
        return self.adapter(self.norm(x)), n


class Nano(nn.Module):
    def __init__(self, c=CFG):
        super().__init__()
        self.dec, self.enc = Decoder(c), Encoder(c)


if __name__ == "__main__":
    m = Nano()
    for n in ("dec", "enc"):
        print(n, sum(p.numel() for p in getattr(m, n).parameters()))
    print("embed", m.dec.embed.weight.numel())
    import time

    torch.set_num_threads(1)
    x, mask = torch.randn(32, 60, 128), torch.ones(32, 60, dtype=torch.long)
    h, p = m.dec(x, mask, m.dec.empty_past(32))  # cache = no cache?
    h1, p1 = m.dec(x[:, :50], mask[:, :50], m.dec.empty_past(32))
    h2, p2 = m.dec(x[:, 50:], mask, p1)
    print("cache error", (h[:, 50:] - h2).abs().max().item())
    for name, f in (
        ("dec 32x60", lambda: m.dec.logits(m.dec(x, mask, m.dec.empty_past(32))[0]).sum()),
        ("enc 32x250", lambda: m.enc(torch.randn(32, 250, 128), torch.full((32,), 250))[0].sum()),
    ):
        f().backward()
        t = time.time()
        for _ in range(3):
            f().backward()
        print(name, (time.time() - t) / 3, "s per fwd+bwd")
