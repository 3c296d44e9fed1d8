"""Whether shapiq reads what `mllm-shap rescore --export` wrote, and finds the result's own values in it.

    pip install shapiq==1.4.1
    mllm-shap explain configs/demo.yaml --archive run.mshap -o result.json
    mllm-shap rescore run.mshap --export game.json -o again.json && mllm-shap rescore run.mshap --export game.npz -o again.json
    python scripts/shapiq/check.py result.json game.json game.npz
"""

import json
import sys

import shapiq

result, *games = sys.argv[1:]
values = [player["value"] for player in json.load(open(result))["players"]]
for path in games:
    game = shapiq.Game(n_players=len(values))
    game.load_values(path, precomputed=True)
    found = game.exact_values("SV", 1)
    worst = max(abs(found[(i,)] - value) for i, value in enumerate(values))
    print(f"{path}: largest difference {worst:.1e}")
    if not worst < 1e-9:
        sys.exit(1)
