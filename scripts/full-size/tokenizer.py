"""A tokeniser of 65,536 entries: the embedded model's special tokens, the 256 bytes, and pairs of bytes in made-up order."""

import json
import shutil

SPECIAL = 256
COPIED = ("tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja")


def write_tokenizer(nano, folder, size):
    for name in COPIED:
        shutil.copy(nano / name, folder / name)
    tokenizer = json.loads((nano / "tokenizer.json").read_text())
    known = {token["id"]: token for token in tokenizer["added_tokens"]}
    reserved = lambda i: {**known[0], "id": i, "content": f"<|reserved_{i}|>"}
    tokenizer["added_tokens"] = [known.get(i, reserved(i)) for i in range(SPECIAL)]
    letters = byte_letters()
    pairs = [(a, b) for a in letters for b in letters][: size - SPECIAL - len(letters)]
    entries = [token["content"] for token in tokenizer["added_tokens"]] + letters + [a + b for a, b in pairs]
    tokenizer["model"]["vocab"] = {entry: i for i, entry in enumerate(entries)}
    tokenizer["model"]["merges"] = [list(pair) for pair in pairs]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))


def byte_letters():
    """GPT-2's printable stand-ins for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    shifted = [256 + i for i, _ in enumerate(b for b in range(256) if b not in plain)]
    return [chr(code) for code in plain + shifted]
