"""What the tokenisers are trained on: the commands of fixtures/conversations, and a few sentences of our own."""
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OWN = [
    "What is the weather in Warsaw today?",
    "You answer in short words.",
    "My name is Ada. Hello Ada!",
    "The answer is the first one of the three.",
    "Please tell me how long the train takes.",
    "Knowledge cutoff date, today date, system, user, assistant, model, tool.",
    "You are a helpful assistant that thinks before it answers.",
]


def sentences() -> list[str]:
    held = json.loads((ROOT / "fixtures/conversations/nano-heldout.json").read_text())
    return [text for row in held["oneTurn"] for text in (row["text"], row["answer"])] + OWN * 20
