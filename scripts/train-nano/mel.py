"""NeMo AudioToMelSpectrogramPreprocessor in numpy: 16 kHz, pre-emphasis 0.97, n_fft 512, win 400 (symmetric
Hann, centred in the FFT frame), hop 160, 128 slaney mels, power, log(x + 2^-24), then per-feature mean/std."""
import numpy as np

GUARD = 2.0**-24
SILENCE = float(np.log(GUARD))


def _hz2mel(f):
    f = np.asarray(f, float)
    return np.where(f >= 1000, 15 + np.log(np.maximum(f, 1e-9) / 1000) / (np.log(6.4) / 27), f * 3 / 200)


def _mel2hz(m):
    m = np.asarray(m, float)
    return np.where(m >= 15, 1000 * np.exp((np.log(6.4) / 27) * (m - 15)), m * 200 / 3)


def filterbank(n_mels=128, n_fft=512, sr=16000):
    """librosa.filters.mel(norm='slaney')"""
    f = np.linspace(0, sr / 2, n_fft // 2 + 1)
    p = _mel2hz(np.linspace(_hz2mel(0), _hz2mel(sr / 2), n_mels + 2))
    d = np.diff(p)
    ramps = p[:, None] - f[None]
    w = np.maximum(0, np.minimum(-ramps[:-2] / d[:-1, None], ramps[2:] / d[1:, None]))
    return (w * (2 / (p[2:] - p[:-2]))[:, None]).astype(np.float32)


_FB = filterbank()
_WIN = np.zeros(512, np.float32)
_WIN[56:456] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)  # symmetric Hann, padded 56 each side


def log_mel(x):
    """[n] float32 in [-1, 1] -> the n // 160 valid frames [T, 128] of torch.stft(center=True, pad_mode='constant').
    The published front end returns one frame more, masked to zero after normalisation: see `finish`."""
    x = np.concatenate([x[:1], x[1:] - 0.97 * x[:-1]]).astype(np.float32)
    p = np.pad(x, 256)
    n = len(x) // 160 + 1
    fr = np.lib.stride_tricks.as_strided(p, (n, 512), (p.strides[0] * 160, p.strides[0]))
    s = np.fft.rfft(fr * _WIN, axis=1)
    s = (s.real**2 + s.imag**2).astype(np.float32)
    m = np.log(s @ _FB.T + GUARD)
    return m[: max(1, len(x) // 160)]


def normalize(m):
    """per-feature mean / unbiased std over time, eps 1e-5 (a single frame has no std: it becomes 0)"""
    m = m.astype(np.float32)
    mu = m.mean(0, keepdims=True)
    sd = m.std(0, ddof=1, keepdims=True) if len(m) > 1 else np.zeros_like(mu)
    return (m - mu) / (sd + 1e-5)


def finish(m):
    """un-normalised valid frames (possibly masked) -> what the encoder is given: normalised, then the zero frame that the
    published front end leaves at the end and counts (W = n // 160 + 1 frames, ceil(W / 8) positions)"""
    return np.concatenate((normalize(m), np.zeros((1, m.shape[1]), np.float32)))


def warp_positions(alpha, n_mels=128):
    """where to read each mel bin when every frequency is multiplied by alpha (a longer or shorter vocal tract)"""
    top = _hz2mel(8000)
    c = _mel2hz((np.arange(n_mels) + 1) * top / (n_mels + 1))
    return _hz2mel(c * alpha) * (n_mels + 1) / top - 1
