"""Nano's conversations in Voxtral's wording: <s>[INST][BEGIN_AUDIO] rows [/INST] answer </s>, each clip filled up to its 375 rows."""
from data import IM_END, IM_START, PAD

# Ids that nano never met, but for the two that open and end everything; their names in Voxtral's tokenizer.
NAMES = {
    1: "<s>", 7: "</s>", 8: "[AUDIO]", 9: "[INST]", 10: "[/INST]", 11: "[BEGIN_AUDIO]", 12: "[SYSTEM_PROMPT]", 13: "[/SYSTEM_PROMPT]",
}
AUDIO, INST, INST_END, BEGIN_AUDIO, SYSTEM, SYSTEM_END = 8, 9, 10, 11, 12, 13
# Its embedding is the row that stands behind the sound of a clip.
FILLING = 14
ROWS = 375


class Wording:
    def __init__(self, tok):
        nl = tok.encode("\n")
        opening = {role: [IM_START, *tok.encode(f"{role}\n")] for role in ("system", "user", "assistant")}
        self.rules = [
            ([IM_END, *nl, *opening["assistant"]], INST_END),
            ([*nl, *opening["user"]], INST),
            (opening["user"], INST),
            (opening["system"], SYSTEM),
            ([IM_END], IM_END),
        ]

    def reworded(self, example, rows=ROWS):
        """a conversation of data.Maker, which ends with an answer -> the same one, with `rows` rows a clip at least"""
        old, ids, audio, at, i = example["ids"], [], [], {}, 0
        clips = dict(example["audio"])
        while i < len(old):
            at[i] = len(ids)
            if i in clips:
                own = -(-len(clips[i]) // 8)
                audio.append((len(ids) + 1, clips[i]))
                ids += [BEGIN_AUDIO, *[PAD] * own, *[FILLING] * (rows - own)]
                i += own
                continue
            taken, new = next((rule for rule in self.rules if old[i : i + len(rule[0])] == rule[0]), (old[i : i + 1], old[i]))
            if taken == [IM_END] and SYSTEM in ids and SYSTEM_END not in ids:
                new = SYSTEM_END
            ids.append(new)
            i += len(taken)
        at[i] = len(ids)
        loss = [(at[start], at[end]) for start, end in example["loss"]]
        return dict(example, ids=ids, audio=audio, loss=loss, plen=at[example["plen"]])
