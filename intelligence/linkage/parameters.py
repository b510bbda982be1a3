"""The trained parameters of linkage, as `parameters.json` holds them."""

import json
from collections.abc import Mapping
from pathlib import Path

PARAMETERS = Path(__file__).with_name("parameters.json")
# (m, u) of each level of each comparison.
Parameters = Mapping[str, Mapping[str, tuple[float, float]]]


def load_parameters(path: Path = PARAMETERS) -> Parameters:
    """Read the trained (m, u) of each level of each comparison."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {
        comparison: {
            level: (float(mu[0]), float(mu[1])) for level, mu in levels.items()
        }
        for comparison, levels in stored["comparisons"].items()
    }


def write_parameters(parameters: Parameters, people: int, records: int) -> None:
    """Store parameters with the size of what they were learned from."""
    stored = {
        "trained_on": {"people": people, "records": records},
        "comparisons": {
            comparison: {level: list(mu) for level, mu in levels.items()}
            for comparison, levels in parameters.items()
        },
    }
    PARAMETERS.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
