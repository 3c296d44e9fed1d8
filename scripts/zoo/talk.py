"""What the zoo is asked, and how a conversation becomes the tokens that are fed."""
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from families import Family

Message = dict[str, str]

ONE = [{"role": "user", "content": "Turn on the kitchen light, please."}]
SYSTEM = [{"role": "system", "content": "You answer in short words."}, {"role": "user", "content": "What is the weather in Warsaw today?"}]
TALK = [{"role": "user", "content": "My name is Ada."}, {"role": "assistant", "content": "Hello Ada!"}, {"role": "user", "content": "What is my name?"}]
CHATS = {"one": ONE, "system": SYSTEM, "talk": TALK}
ANSWER = "turning on the kitchen light"

#: Explained word by word: every subset of at most five words.
GAMES = {
    "one": ([{"role": "user", "content": "turn the bedroom light off"}], "turning off the bedroom light"),
    "talk": ([{"role": "user", "content": "hello there"}, {"role": "assistant", "content": "good day"}, {"role": "user", "content": "lamp"}], "turning on the lamp"),
}


@dataclass(frozen=True)
class Piece:
    """Tokens of a literal of the template, or of a content; `turn` counts from 0, −1 = before and after all turns."""

    ids: list[int]
    turn: int
    content: bool


class Speaker:
    """Renders and tokenises as transformers does, and tells which tokens are whose."""

    def __init__(self, family: Family, tokenizer: PreTrainedTokenizerBase):
        self.family, self.tokenizer = family, tokenizer

    def render(self, messages: list[Message]) -> str:
        if self.family.template is None:
            return "".join(message["content"] for message in messages)
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **FIXED)

    def whole(self, messages: list[Message]) -> list[int]:
        if self.family.template is None:
            return self.tokenizer(self.render(messages))["input_ids"]
        return self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, **FIXED)

    def answer(self, prompt: str, answer: str) -> list[int]:
        """Tokens of an answer where the prompt's rendering ends."""
        encode = lambda text: self.tokenizer(text, add_special_tokens=self.family.template is None)["input_ids"]  # noqa: E731
        before, both = encode(prompt), encode(prompt + answer)
        assert both[: len(before)] == before, "the answer's first token reaches into the prompt"
        return both[len(before) :]

    def pieces(self, messages: list[Message]) -> list[Piece]:
        """
        The whole rendering's tokens, given to what they belong to. A token that has characters of a content besides blanks of the template
        is the content's.
        """
        text = self.render(messages)
        spans, at = [], 0
        for turn, message in enumerate(messages):
            start = text.index(message["content"], at)
            open_, close = self.around(message)
            if not text[at:start].endswith(open_):
                open_ = close = ""
            end = start + len(message["content"])
            spans += [(start - len(open_), start, turn, False), (start, end, turn, True), (end, end + len(close), turn, False)]
            at = end + len(close)
        coded = self.tokenizer(text, add_special_tokens=self.family.template is None, return_offsets_mapping=True)
        assert coded["input_ids"] == self.whole(messages)
        out: list[Piece] = []
        for id_, (start, end) in zip(coded["input_ids"], coded["offset_mapping"]):
            turn, content = owner(text, start, end, spans)
            if not out or (out[-1].turn, out[-1].content) != (turn, content):
                out.append(Piece([], turn, content))
            out[-1].ids.append(id_)
        return out

    def around(self, message: Message) -> tuple[str, str]:
        """The literals of a turn."""
        if self.family.turn is None:
            return "", ""
        role = self.family.roles.get(message["role"], message["role"])
        open_, close = self.family.turn.split("{content}")
        return open_.replace("{role}", role), close

    def spoken(self, id_: int) -> str:
        return self.tokenizer.convert_ids_to_tokens(id_).replace("Ġ", " ").replace("▁", " ")


def owner(text: str, start: int, end: int, spans: list[tuple[int, int, int, bool]]) -> tuple[int, bool]:
    """Turn of the token at `start`…`end`, and whether it is of its content."""
    for begin, stop, turn, content in spans:
        if content and max(start, begin) < min(end, stop):
            return turn, True
    for begin, stop, turn, content in spans:
        if not content and begin <= start < stop:
            return turn, False
    return -1, False


#: Templates that print today's date are told another one.
FIXED = {"date_string": "26 Jul 2024", "strftime_now": lambda form: {"%d %B %Y": "26 July 2024"}[form]}


def words_of(speaker: Speaker, piece: Piece) -> list[list[int]]:
    """Positions of a content's tokens, word by word: a token belongs to the word of its first character, a blank one to the next word."""
    words: list[list[int]] = []
    ended = True
    for i, id_ in enumerate(piece.ids):
        text = speaker.spoken(id_)
        if ended or text.startswith(" "):
            if not (words and all(speaker.spoken(piece.ids[j]).isspace() for j in words[-1])):
                words.append([])
        words[-1].append(i)
        ended = False
    return words
