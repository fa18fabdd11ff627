"""A result of an evaluation as small as can be, with every part."""

from typing import Any

from escalate.labels import LABELS

_FIGURES = ("accuracy", "macro_f1", "mcc", "false_alarm_rate", "calibration_error", "brier")


def evaluation() -> dict[str, Any]:
    part = {
        "rows": 4, "articles": 2, "accuracy": 0.5, "macro_f1": None, "intervals": {"accuracy": None, "macro_f1": None},
    }  # fmt: skip
    whole = {**part, "macro_f1": 0.4, "intervals": {"accuracy": [0.3, 0.7], "macro_f1": [0.2, 0.6]}}
    row = {"swaps": 5, "flip_rate": 0.1, "interval": [-0.01, 0.05]}
    return {
        "command": "escalate evaluate <small> data", "bundle": "small <b>", "bundle_sha256": "b" * 64, "seed": 13,
        "data": {"a.jsonl": "f" * 64}, "resamples": 1000, "unclear": 1, "rows": 1234, "articles": 56,
        **dict.fromkeys(_FIGURES, 0.25),
        "per_class": {
            label: {"precision": 0.5, "recall": 0.6, "f1": 0.55, "auroc": None if label == "neutral" else 0.9, "support": 3}
            for label in LABELS
        },
        "confusion": [[2, 1, 0], [0, 3, 0], [0, 0, 0]],
        "intervals": {
            **{name: [0.2, 0.3] for name in _FIGURES}, "risk_coverage_area": [0.1, 0.2],
            **{f"f1_{label}": [0.4, 0.6] for label in LABELS},
            **{f"auroc_{label}": None if label == "neutral" else [0.8, 0.95] for label in LABELS},
        },
        "reliability": [{"confidence": 0.5, "accuracy": 0.4, "rows": 3}, {"confidence": 0.9, "accuracy": 0.95, "rows": 4}],
        "risk_coverage": {"accuracy": {"1.0": 0.7, "0.5": 0.9}, "area": 0.125},
        "slices": {"region": {"Asia": whole, "Europe": part}},
        "abstention": [
            {"target": 0.9, "abstain_below": 0.55, "coverage": 0.91, "accuracy": 0.8},
            {"target": 0.1, "abstain_below": 1.0, "coverage": 0.0, "accuracy": None},
        ],
        "contrast": {
            "sentences": 0.7, "groups": 0.4, "count": 9,
            "phenomena": {"negation": {"sentences": 0.7, "groups": 0.4, "count": 9}},
        },
        "polarity": {
            "auroc": 0.9, "accuracy": 0.8, "macro_f1": 0.8, "conflict": 30, "cooperation": 20,
            "intervals": {"auroc": [0.85, 0.95], "accuracy": [0.7, 0.9], "macro_f1": [0.7, 0.9]},
        },
        "against": {
            "bundle": "other", "bundle_sha256": "c" * 64, "macro_f1": 0.3, "macro_f1_difference": 0.1, "interval": [0.05, 0.15],
            "p_bootstrap": 0.002, "same_labels": 0.9,
            "mcnemar": {"only_first": 7, "only_second": 2, "p_exact": 0.18, "p_mid": 0.11},
        },
        "seeds": {"runs": 3, "figures": {"macro_f1": {"mean": 0.6, "sd": 0.01, "lowest": 0.59, "highest": 0.61}}},
        "robustness": {
            "rows": 50, "seed": 13,
            "changes": {
                "typos": {
                    "changed": 40, "kept": 0.95, "macro_f1_change": -0.02,
                    "intervals": {"kept": [0.9, 1.0], "macro_f1_change": [-0.05, 0.01]},
                }
            },
        },
        "actors": {
            "rows": 10, "named": 20, "swaps": 10, "seed": 13,
            "flip_rate": 0.05, "interval": [0.01, 0.09], "largest_shift": 0.04,
            "goals": {"flip_rate": {"at_most": 0.02, "met": False}, "largest_shift": {"at_most": 0.03, "met": False}},
            "actors": {
                "Kenya": {**row, "region": "Africa", "shift": 0.01}, "China": {**row, "region": "Asia", "shift": 0.04},
            },
        },
    }  # fmt: skip
