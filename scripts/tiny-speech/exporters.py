"""Exporters of ../export: tiny models are exported as real ones are."""
import importlib.util
import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "export")
sys.path.append(FOLDER)


def exporter(name):
    """By its path, since the tiny model's own module may have the same name."""
    spec = importlib.util.spec_from_file_location(f"export_{name}", os.path.join(FOLDER, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
