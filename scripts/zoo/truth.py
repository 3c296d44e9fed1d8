"""Records what transformers and torch say of a family. truth.py MODELS FOLDER FAMILY… writes FOLDER/FAMILY/truth.json"""
import itertools
import json
import math
import sys
from pathlib import Path

import torch

torch.set_num_threads(1)
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from families import FAMILIES, Family
from talk import ANSWER, CHATS, GAMES, Piece, Speaker, words_of

NEW_TOKENS = 16


class Torch:
    """A model asked one row at a time, from its first token, in double precision."""

    def __init__(self, folder: Path, size: int):
        self.model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").double().eval()
        #: Ids from here on are no tokens: never drawn.
        self.size = size
        ends = self.model.generation_config.eos_token_id
        self.ends = set(ends if isinstance(ends, list) else [ends])

    @torch.no_grad()
    def logits(self, ids: list[int]) -> torch.Tensor:
        return self.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].double()

    def greedy(self, ids: list[int]) -> tuple[list[int], float]:
        """The answer, and by how much the chosen tokens lead the next best at the least."""
        answer: list[int] = []
        lead = math.inf
        while len(answer) < NEW_TOKENS and not (answer and answer[-1] in self.ends):
            best = self.logits(ids + answer)[-1, : self.size].topk(2)
            lead = min(lead, float(best.values[0] - best.values[1]))
            answer.append(int(best.indices[0]))
        return answer, lead

    def scores(self, ids: list[int], answer: list[int]) -> list[float]:
        log = self.logits(ids + answer)[len(ids) - 1 : -1].log_softmax(-1)
        return [float(log[i, id_]) for i, id_ in enumerate(answer)]


def chat_truth(speaker: Speaker, model, name: str) -> dict | None:
    messages = CHATS[name]
    if speaker.family.template is None and name != "one":
        messages = [{"role": "user", "content": " ".join(message["content"] for message in messages)}]
    text, ids = speaker.render(messages), speaker.whole(messages)
    greedy, lead = model.greedy(ids)
    given = speaker.answer(text, ANSWER)
    return {
        "name": name, "messages": messages, "rendered": text, "ids": ids,
        "logits": [significant(x) for x in model.logits(ids)[-1].tolist()], "greedy": greedy, "lead": significant(lead),
        "answer": ANSWER, "answerIds": given, "scores": [significant(x) for x in model.scores(ids, given)],
    }


def game_truth(speaker: Speaker, model, name: str) -> dict | None:
    messages, answer = GAMES[name]
    if len(messages) > 1 and speaker.family.turn is None:
        return None
    pieces = speaker.pieces(messages)
    stand_alone = {piece.turn for piece in pieces if not piece.content}
    assert len(messages) == 1 or stand_alone >= set(range(len(messages))), "a turn without literals of its own"
    players = [(i, word) for i, piece in enumerate(pieces) if piece.content for word in words_of(speaker, piece)]
    given = speaker.answer(speaker.render(messages), answer)
    n, last = len(players), len(messages) - 1
    worth = {}
    for kept in itertools.product((0, 1), repeat=n):
        # A text without tokens cannot be continued: the start-of-text token stands for it.
        ids = coalition_ids(pieces, players, kept, last) or [speaker.tokenizer.bos_token_id]
        scores = model.scores(ids, given)
        worth[kept] = sum(scores) / len(scores)
    words = ["".join(speaker.spoken(pieces[i].ids[k]) for k in word).strip() for i, word in players]
    return {
        "name": name, "messages": messages, "answer": answer, "words": words, "values": [significant(x, 9) for x in shapley(worth, n)],
        "full": significant(worth[(1,) * n], 9), "empty": significant(worth[(0,) * n], 9),
    }


def coalition_ids(pieces: list[Piece], players: list[tuple[int, list[int]]], kept: tuple[int, ...], last_turn: int) -> list[int]:
    """The ids of left-out words go; a turn of which nothing is left goes with its literals, except the last one."""
    gone = {(i, k) for (i, word), keep in zip(players, kept) if not keep for k in word}
    alive = {piece.turn for i, piece in enumerate(pieces) if piece.content and any((i, k) not in gone for k in range(len(piece.ids)))}
    alive |= {-1, last_turn}
    return [id_ for i, piece in enumerate(pieces) if piece.turn in alive for k, id_ in enumerate(piece.ids) if (i, k) not in gone]


def shapley(worth: dict[tuple[int, ...], float], n: int) -> list[float]:
    """By the definition: the mean over sizes of a player's mean marginal contribution."""
    values = []
    for player in range(n):
        total = 0.0
        for kept in worth:
            if kept[player]:
                continue
            size = sum(kept)
            joined = kept[:player] + (1,) + kept[player + 1 :]
            total += (worth[joined] - worth[kept]) / (n * math.comb(n - 1, size))
        values.append(total)
    return values


def significant(x: float, digits: int = 7) -> float:
    return float(f"{x:.{digits}g}") if math.isfinite(x) else x


def record(family: Family, models: Path) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(models / family.name)
    speaker, model = Speaker(family, tokenizer), Torch(models / family.name, len(tokenizer))
    chats = [chat_truth(speaker, model, name) for name in CHATS]
    games = [game for name in GAMES if (game := game_truth(speaker, model, name)) is not None]
    return {"family": family.name, "chats": chats, "games": games}


if __name__ == "__main__":
    for name in sys.argv[3:] or FAMILIES:
        truth = record(FAMILIES[name], Path(sys.argv[1]))
        target = Path(sys.argv[2]) / name / "truth.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(truth, ensure_ascii=False) + "\n")
        for chat in truth["chats"]:
            print(name, chat["name"], chat["greedy"], "lead", chat["lead"], flush=True)
        for game in truth["games"]:
            print(name, game["name"], game["words"], [round(x, 4) for x in game["values"]], flush=True)
