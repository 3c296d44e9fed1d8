"""
Puts what was exported into fixtures/zoo: graphs stripped, shared files once a family, and for graphs of fewer bits what onnxruntime makes
of the very same graph, with its distance from torch. collect.py BUILD FAMILY…, where BUILD holds hf, truth, optimum, genai, transformers, js, merged.
"""
import gzip
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, NotImplemented, RuntimeException
from transformers import AutoTokenizer

from families import FAMILIES, Family
from runtime import Runtime
from strip import copy_stripped
from talk import CHATS, GAMES, Speaker
from truth import chat_truth, game_truth, significant

#: The builder's graphs of these have other windows than torch: they are held against onnxruntime.
BUILT_OTHERWISE = ("gemma3", "phi3", "mistral")
OnnxruntimeError = (Fail, InvalidArgument, NotImplemented, RuntimeException)
ROOT = Path(__file__).resolve().parents[2] / "fixtures/zoo"
FOUR = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "config.json", "generation_config.json")


@dataclass(frozen=True)
class Cell:
    name: str
    #: Folder of the build that it comes from; {family} is filled in.
    source: str
    graph: str
    #: As model.dtype asks for it; null = as it is found.
    dtype: str | None = None
    #: Weights as torch has them: held against torch. Otherwise against onnxruntime on the same graph.
    exact: bool = True
    #: Which tokeniser files and configuration are beside the graph: those that transformers 4 or 5 writes.
    files: str = "transformers4"
    own: tuple[str, ...] = ()


CELLS = (
    Cell("optimum", "optimum/{family}", "model.onnx"),
    Cell("merged", "merged/{family}", "onnx/decoder_model_merged.onnx"),
    Cell("transformers", "transformers/{family}", "model.onnx", files="transformers5", own=("config.json",)),
    Cell("genai-fp32", "genai/{family}-fp32", "model.onnx", files="transformers5", own=("genai_config.json",)),
    Cell("genai-fp16", "genai/{family}-fp16", "model.onnx", exact=False, files="transformers5", own=("genai_config.json",)),
    Cell("genai-int4", "genai/{family}-int4", "model.onnx", exact=False, files="transformers5", own=("genai_config.json",)),
    Cell("js-q4", "js/{family}", "onnx/model_q4.onnx", dtype="q4", exact=False, own=("config.json",)),
    Cell("js-q4f16", "js/{family}", "onnx/model_q4f16.onnx", dtype="q4f16", exact=False, own=("config.json",)),
    Cell("js-fp16", "js/{family}", "onnx/model_fp16.onnx", dtype="fp16", exact=False, own=("config.json",)),
    Cell("js-quantized", "js/{family}", "onnx/model_quantized.onnx", dtype="q8", exact=False, own=("config.json",)),
)


def copy_shared(build: Path, family: Family, folder: Path) -> None:
    for target, source, names in (("transformers4", build / "hf" / family.name, FOUR), ("transformers5", build / "transformers" / family.name, FOUR[:4])):
        if not source.exists():
            continue
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name in names:
            if (source / name).exists():
                shutil.copy(source / name, folder / target)
    shutil.copy(build / "truth" / family.name / "truth.json", folder)


def pack(folder: Path) -> None:
    """Graphs are kept compressed: half of the bytes of bfloat16 numbers in float32 are zeros. The same graph gives the same bytes."""
    for file in [file for file in folder.rglob("*") if ".onnx" in file.name]:
        file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
        file.unlink()


def copy_cell(build: Path, family: Family, cell: Cell, folder: Path) -> bool:
    source = build / cell.source.format(family=family.name)
    # Of GPT-2's products (Gemm) the quantiser takes none: its four-bit graphs are those of all bits.
    if not (source / cell.graph).exists() or (family.name == "gpt2" and cell.name in ("js-q4", "js-q4f16")):
        return False
    copy_stripped(source / cell.graph, folder / cell.graph)
    for data in (source / cell.graph).parent.glob(Path(cell.graph).name + "?data"):
        shutil.copy(data, (folder / cell.graph).parent)
    for name in cell.own:
        shutil.copy(source / name, folder)
    exact = cell.exact and not (cell.name == "genai-fp32" and family.name in BUILT_OTHERWISE)
    about = {"files": cell.files, "dtype": cell.dtype, "exact": exact}
    if not exact or cell.name == "genai-fp32":
        try:
            truth, far = quantised_truth(build, family, folder / cell.graph)
            if not exact:
                about["truth"], about["fromTorch"] = truth, far
        except OnnxruntimeError as error:
            if "norm_weight" in str(error):
                # A kernel for GPUs only; the connector writes the operator out, and torch tells the truth.
                (folder / "cell.json").write_text(json.dumps(about, ensure_ascii=False) + "\n")
                pack(folder)
                return True
            # The operator's own kernel refuses: there is nothing to hold the cell against.
            print(f"{family.name} {cell.name} left out: {str(error).splitlines()[0][-200:]}", flush=True)
            shutil.rmtree(folder)
            return False
    (folder / "cell.json").write_text(json.dumps(about, ensure_ascii=False) + "\n")
    pack(folder)
    return True


def quantised_truth(build: Path, family: Family, graph: Path) -> tuple[dict, dict]:
    tokenizer = AutoTokenizer.from_pretrained(build / "hf" / family.name)
    speaker, model = Speaker(family, tokenizer), Runtime(graph, build / "hf" / family.name, len(tokenizer))
    chats = [chat_truth(speaker, model, name) for name in CHATS]
    chats = [{key: chat[key] for key in ("name", "logits", "greedy", "lead", "scores")} for chat in chats]
    games = [game for name in GAMES if (game := game_truth(speaker, model, name)) is not None]
    games = [{key: game[key] for key in ("name", "values", "full", "empty")} for game in games]
    torch = json.loads((build / "truth" / family.name / "truth.json").read_text())
    far = lambda kind, key: significant(max(abs(a - b) for one, two in zip(torch[kind], chats if kind == "chats" else games) for a, b in zip(one[key], two[key])), 3)  # noqa: E731
    return {"chats": chats, "games": games}, {"logits": far("chats", "logits"), "scores": far("chats", "scores"), "values": far("games", "values")}


def main(build: Path, names: list[str]) -> None:
    for name in names:
        family, folder = FAMILIES[name], ROOT / name
        shutil.rmtree(folder, ignore_errors=True)
        copy_shared(build, family, folder)
        done = [cell.name for cell in CELLS if copy_cell(build, family, cell, folder / cell.name)]
        sizes = {cell: sum(file.stat().st_size for file in (folder / cell).rglob("*")) // 1000 for cell in done}
        print(name, " ".join(f"{cell} {size}k" for cell, size in sizes.items()), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(FAMILIES))
