"""How many rows of padding behind a clip nano still answers through: Voxtral's layout fills every clip up to 375 rows of 80 ms.

It answers through none of that length, which is what train_voxtral.py is for.

    python padding.py            every other held-out spoken command (fixtures/conversations/nano-spoken.json)
"""
import json
import wave
import numpy as np
import torch
from checkpoint import load_nano, tokenizer
from mel import finish, log_mel
from paths import FIXTURES, WEIGHTS

PAD, BOS, IM_START, IM_END = 0, 1, 6, 7
ADDED = (0, 50, 100, 200, 350)
CONVERSATIONS = FIXTURES / "conversations"


def samples_of(path):
    with wave.open(str(CONVERSATIONS / path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def rows_of(net, samples):
    mel = torch.tensor(finish(log_mel(samples)))[None]
    return net.enc(mel, torch.tensor([mel.shape[1]]))[0][0]


def answer(net, tok, rows, most=24):
    """greedy"""
    embed = lambda ids: net.dec.embed(torch.tensor(ids))
    opening = [BOS, IM_START, *tok.encode("user\n")]
    closing = [IM_END, *tok.encode("\n"), IM_START, *tok.encode("assistant\n")]
    x, past, ids, fed = torch.cat([embed(opening), rows, embed(closing)])[None], net.dec.empty_past(1), [], 0
    while len(ids) < most:
        fed += x.shape[1]
        hidden, past = net.dec(x, torch.ones(1, fed, dtype=torch.long), past)
        ids.append(int(net.dec.logits(hidden[:, -1]).argmax()))
        if ids[-1] == IM_END:
            break
        x = embed([ids[-1:]])
    return tok.decode([i for i in ids if i != IM_END])


def main():
    torch.set_num_threads(1)
    net, tok = load_nano(WEIGHTS / "nano.npz"), tokenizer()
    spoken = json.loads((CONVERSATIONS / "nano-spoken.json").read_text())["utterances"][::2]
    with torch.no_grad():
        padding = net.dec.embed.weight[PAD][None]
        heard = [rows_of(net, samples_of(one["audio"])) for one in spoken]
        for added in ADDED:
            told = [answer(net, tok, torch.cat([rows, padding.expand(added, -1)])) for rows in heard]
            print(f"{added:>4} rows of padding: {sum(a == one['answer'] for a, one in zip(told, spoken))} of {len(spoken)} answers right")


if __name__ == "__main__":
    main()
