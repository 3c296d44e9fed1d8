"""optimum-onnx, as its command line does it. export_optimum.py MODELS FOLDER FAMILY… writes FOLDER/FAMILY; --merged: the older three files, merged."""
import logging
import shutil
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
from optimum.exporters.onnx import main_export  # noqa: E402


def export(model: Path, folder: Path, merged: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    main_export(str(model), output=str(folder), task="text-generation-with-past", legacy=merged, do_validation=False, library_name="transformers")


if __name__ == "__main__":
    merged = "--merged" in sys.argv
    models, target, *names = [argument for argument in sys.argv[1:] if argument != "--merged"]
    for name in names:
        try:
            export(Path(models) / name, Path(target) / name, merged)
            print(name, "exported", flush=True)
        except Exception as error:  # noqa: BLE001
            print(name, "FAILED", type(error).__name__, str(error).splitlines()[0][:300], flush=True)
