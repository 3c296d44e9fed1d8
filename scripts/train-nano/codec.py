"""nano's codec: 24 kHz, 12.5 frames a second, 8 codebooks of 2048 codes; decoder in the layout of audio_detokenizer.

Analysis (training only) describes every 13.3 ms step by the log envelope of its spectrum in BANDS mel bands, its pitch, and how noisy it is
in NOISY bands. Six steps make a frame; a frame is projected to DIM principal components and quantised by residual k-means.
The decoder averages the eight codebooks' rows, projects back to the six steps' description, and draws the short-time spectrum from it:
harmonics of a phase that runs on with the pitch, filtered with minimum phase, plus fixed noise.

    python3 codec.py             speech corpus, analysis, k-means -> work/checkpoints/codec.npz (20 minutes)
"""
import numpy as np
import torch
import torch.nn as nn
from mel import _hz2mel, _mel2hz

RATE, HOP, N, STEPS = 24000, 320, 1280, 6
BINS = N // 2 + 1
BIN_HZ = RATE / N
BANDS, NOISY, DIM = 48, 6, 64
WIDTH = BANDS + 1 + NOISY  # numbers that describe a step
CODEBOOKS, CODES = 8, 2048
FLOOR = -9.0  # natural log of spectral magnitude below which all is silence (a full-scale sine peaks at log 320 = 5.8)
LOW, HIGH = 80.0, 330.0  # Hz, range of the pitch
HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N) / N)).astype(np.float32)  # periodic


def band_centres(n=BANDS, top=8000.0):
    """Hz; the last band reaches to the end"""
    return _mel2hz(np.linspace(_hz2mel(60.0), _hz2mel(top), n))


def to_bins():
    """[BANDS, BINS]: linear interpolation of band values at every bin"""
    f = np.arange(BINS) * BIN_HZ
    c = band_centres()
    eye = np.eye(BANDS)
    return np.stack([np.interp(f, c, row) for row in eye]).astype(np.float32)


def noisy_to_bins():
    edges = np.linspace(0, _hz2mel(8000.0), NOISY)
    f = _hz2mel(np.minimum(np.arange(BINS) * BIN_HZ, 8000.0))
    return np.stack([np.interp(f, edges, row) for row in np.eye(NOISY)]).astype(np.float32)


def minimum_phase():
    """[BANDS, BINS]: log envelope in bands -> phase in radians of the minimum-phase filter (minus the Hilbert transform of the log magnitude)"""
    log_mag = to_bins()
    full = np.concatenate([log_mag, log_mag[:, -2:0:-1]], 1)
    cepstrum = np.fft.ifft(full, axis=1).real
    fold = np.zeros(N)
    fold[0], fold[N // 2] = 1, 1
    fold[1 : N // 2] = 2
    return np.fft.fft(cepstrum * fold, axis=1).imag[:, :BINS].astype(np.float32)


def spectra(x):
    """[FRAME * T] samples -> complex [6T, BINS], step s centred on sample 320 s + 160 (the published inverse's "same" padding)"""
    p = np.pad(x, (480, 480)).astype(np.float32)
    s = np.lib.stride_tricks.as_strided(p, (len(x) // HOP, N), (p.strides[0] * HOP, p.strides[0]))
    return np.fft.rfft(s * HANN, axis=1)


def inverse(spectrum):
    """complex [S, BINS] -> samples [320 S]: overlap-add of contract section 1.10"""
    frames = np.fft.irfft(spectrum, axis=1) * HANN
    total = HOP * (len(frames) - 1) + N
    y, w = np.zeros(total), np.zeros(total)
    for i, f in enumerate(frames):
        y[i * HOP : i * HOP + N] += f
        w[i * HOP : i * HOP + N] += HANN**2
    return (y / np.maximum(w, 1e-9))[480:-480].astype(np.float32)


def pitch(x):
    """-> per step: f0 in Hz (running on through unvoiced steps), voicing 0..1 (normalised autocorrelation)"""
    p = np.pad(x, (480, 480))
    s = np.lib.stride_tricks.as_strided(p, (len(x) // HOP, N), (p.strides[0] * HOP, p.strides[0])) * HANN
    power = np.abs(np.fft.rfft(s, 2 * N, axis=1)) ** 2
    power[:, int(1500 / (RATE / 2 / N)) :] = 0  # the pitch is clearest below 1.5 kHz
    ac = np.fft.irfft(power, axis=1)[:, :N]
    window = np.fft.irfft(np.abs(np.fft.rfft(HANN, 2 * N)) ** 2)[:N]
    r = ac / (ac[:, :1] + 1e-6) / (window / window[0] + 1e-3)
    a, b = int(RATE / HIGH), int(RATE / LOW)
    f0, voiced = np.zeros(len(r)), np.zeros(len(r))
    for i, row in enumerate(r[:, : b + 2]):
        best = row[a : b + 1].max()
        peaks = [l for l in range(a, b + 1) if row[l] >= row[l - 1] and row[l] >= row[l + 1] and row[l] > 0.9 * best]
        lag = peaks[0] if peaks else a + int(row[a : b + 1].argmax())
        y0, y1, y2 = row[lag - 1], row[lag], row[lag + 1]
        bend = y0 - 2 * y1 + y2
        f0[i] = RATE / (lag + (0.5 * (y0 - y2) / bend if abs(bend) > 1e-9 else 0))
        voiced[i] = np.clip(y1, 0, 1)
    energy = np.sqrt((s**2).mean(1))
    voiced[energy < 0.003] = 0
    good = np.flatnonzero(voiced > 0.6)
    if not len(good):
        return np.full(len(r), 170.0), voiced
    med = np.median(f0[good])
    good = good[np.abs(np.log(f0[good] / med)) < 0.55]  # octave errors
    return (np.interp(np.arange(len(r)), good, f0[good]) if len(good) else np.full(len(r), med)), voiced


def describe(x):
    """[FRAME * T] samples -> [T, 6 * WIDTH]"""
    mag = np.abs(spectra(x))
    f0, voiced = pitch(x)
    log_mag = np.log(mag + 1e-6)
    f = np.arange(BINS) * BIN_HZ
    centres, noisy_centres = band_centres(), _mel2hz(np.linspace(0, _hz2mel(8000.0), NOISY))
    out = np.zeros((len(mag), WIDTH), np.float32)
    for s, row in enumerate(log_mag):
        h = np.arange(1, int(8000 / f0[s]))
        at = h * f0[s] / BIN_HZ
        peak = np.maximum(
            np.maximum(row[at.astype(int)], row[at.astype(int) + 1]), row[np.maximum(at.astype(int) - 1, 0)]
        )
        mid = ((h + 0.5) * f0[s] / BIN_HZ).round().astype(int)
        depth = peak - row[np.minimum(mid, BINS - 1)]  # nepers between a harmonic and the valley above it
        noise_env = np.log(np.convolve(mag[s] ** 2, np.ones(9) / 9, "same") + 1e-12) / 2
        is_noise = 1 / (1 + np.exp(np.clip((depth - 1.3) / 0.25, -30, 30)))
        if voiced[s] < 0.5:
            is_noise[:] = 1
        ap = np.interp(noisy_centres, h * f0[s], np.convolve(np.pad(is_noise, 2, "edge"), np.ones(5) / 5, "valid"))
        harmonic = np.interp(f, h * f0[s], peak)
        share = np.interp(f, noisy_centres, ap)
        env = (1 - share) * harmonic + share * noise_env
        out[s, :BANDS] = np.maximum(
            np.interp(centres, f, np.convolve(np.pad(env, 1, "edge"), [0.25, 0.5, 0.25], "valid")), FLOOR
        )
        out[s, BANDS] = np.log(f0[s] / 170)
        out[s, BANDS + 1 :] = ap
    return out.reshape(len(mag) // STEPS, STEPS * WIDTH)


class Detokenizer(nn.Module):
    """audio_codes [B,8,T] int64 -> stft_features [B,6T,1282]: 641 log magnitudes, 641 phases in radians"""

    NOISES = 61  # steps after which the fixed noise repeats

    def __init__(self):
        super().__init__()
        self.tables = nn.Parameter(torch.zeros(CODEBOOKS * CODES, DIM), requires_grad=False)
        self.back = nn.Linear(DIM, STEPS * WIDTH)
        half = lambda a: torch.from_numpy(np.asarray(a).astype(np.float16).astype(np.float32))
        rng = np.random.RandomState(7)
        noise = (rng.randn(2, self.NOISES, BINS) * 0.5**0.5).clip(-2.5, 2.5)
        for name, a in dict(
            bins=to_bins(), phase=minimum_phase(), noisy=noisy_to_bins(), hz=np.arange(BINS) * BIN_HZ
        ).items():
            self.register_buffer(name, half(a), persistent=False)
        self.register_buffer("noise_re", half(noise[0]), persistent=False)
        self.register_buffer("noise_im", half(noise[1]), persistent=False)
        self.register_buffer("offset", torch.arange(CODEBOOKS).reshape(1, CODEBOOKS, 1) * CODES, persistent=False)
        self.register_buffer("flip", half((-1.0) ** np.arange(BINS)), persistent=False)

    def steps(self, codes):
        """-> [B,6T,WIDTH]"""
        rows = self.tables[codes + self.offset].mean(1)
        return self.back(rows).reshape(codes.shape[0], -1, WIDTH)

    def forward(self, codes):
        return self.draw(self.steps(codes))

    def draw(self, y):
        env, f0, ap = y[..., :BANDS], y[..., BANDS : BANDS + 1], y[..., BANDS + 1 :]
        f0 = 170 * torch.exp(f0.clamp(-0.8, 0.7))
        moved = (f0 + torch.cat((f0[:, :1], f0[:, :-1]), 1)) * (0.5 * HOP / RATE)
        cycles = torch.cumsum(moved, 1)
        cycles = cycles - torch.floor(cycles)
        h = torch.clamp(torch.floor(self.hz / f0 + 0.5), min=1.0)  # nearest harmonic of every bin
        d = (self.hz - h * f0) / BIN_HZ
        x = d * np.pi + 1e-4
        lobe = torch.sin(x) / x / (1 - d * d + 1.3e-4)  # spectrum of the Hann window, 1 at its peak
        angle = h * cycles
        angle = 2 * np.pi * (angle - torch.floor(angle)) + env @ self.phase
        ap = (ap @ self.noisy).clamp(0, 1)
        mag = torch.exp(env @ self.bins)
        pick = torch.fmod(torch.arange(y.shape[1], device=y.device), self.NOISES)
        tone, hiss = mag * lobe * self.flip * torch.sqrt(1 - ap), mag * torch.sqrt(ap) * 2
        re = tone * torch.cos(angle) + hiss * self.noise_re[pick]
        im = tone * torch.sin(angle) + hiss * self.noise_im[pick]
        return torch.cat((0.5 * torch.log(re * re + im * im + 1e-12), angle_of(im, re)), -1)


def angle_of(im, re):
    """atan2, from what every opset has"""
    safe = torch.where(re.abs() < 1e-9, torch.full_like(re, 1e-9), re)
    turn = torch.where(im < 0, torch.full_like(im, -np.pi), torch.full_like(im, np.pi))
    return torch.atan(im / safe) + torch.where(safe < 0, turn, torch.zeros_like(im))


def wave(features):
    """stft_features [6T,1282] -> samples [1920 T]"""
    a = features.detach().numpy().astype(np.float64)
    return inverse(np.exp(a[:, :BINS]) * np.exp(1j * a[:, BINS:]))
