"""Where the training scripts read and write.

WORK holds what can be made again (synthetic speech, checkpoints); it is not kept in git. Set NANO_WORK to place it elsewhere.
"""
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
FIXTURES = REPO / "fixtures"
MODELS = FIXTURES / "models"
TOKENIZER = MODELS / "nano" / "text"
WEIGHTS = HERE / "weights"
WORK = Path(os.environ.get("NANO_WORK", HERE / "work"))
DATA = WORK / "data"
CHECKPOINTS = WORK / "checkpoints"

for folder in (DATA, CHECKPOINTS):
    folder.mkdir(parents=True, exist_ok=True)
