"""Sound as an encoder trained on NeMo's log-mel gets it behind Whisper's front end: both are powers in the same 128 bands.

Whisper's has no pre-emphasis, which is a gain of each band, and a floor 80 dB below the loudest of all.
"""
import numpy as np
from mel import GUARD, filterbank, normalize

BANDS, N_FFT, PREEMPHASIS = 128, 512, 0.97
LEAST, DECADES = 1e-10, 8


def preemphasis_gain():
    """what pre-emphasis does to the power of each band [128]"""
    response = np.abs(1 - PREEMPHASIS * np.exp(-2j * np.pi * np.arange(N_FFT // 2 + 1) / N_FFT)) ** 2
    bands = filterbank(BANDS, N_FFT)
    return bands @ response / bands.sum(1)


_GAIN = preemphasis_gain().astype(np.float32)


def finish_filled(m):
    """un-normalised frames of mel.log_mel [n,128] -> what the encoder is given of a clip that Whisper's front end filled up with silence

    A silent frame is one at the floor in every band. Those behind the sound are the filling's, whoever made them; of silence alone one is left."""
    power = np.log10(np.maximum((np.exp(m) - GUARD) / _GAIN, LEAST))
    floor = power.max() - DECADES
    heard = np.flatnonzero((power > floor).any(1) & (power.max() > np.log10(LEAST)))
    sound = power[: heard[-1] + 1 if len(heard) else 1]
    return normalize(np.log(10 ** np.maximum(sound, floor) * _GAIN + GUARD))
