"""Both trainers on the tiny encoder; how much faster one is shows on a real one only."""

import pytest

from escalate.benchmarks.training_speed import OURS, PLAIN, compare_training
from escalate.report.training_speed import training_speed_table
from escalate.training.config import configured


def test_both_trainers_learn_from_the_same_rows(tiny_config):
    config = configured({"data.sample": 120, "optimisation.epochs": 2}, "a test", tiny_config)
    found = compare_training(config, [1, 2])
    assert found["rows"] == {"train": 120, "validation": 90}
    assert found["seeds"] == [1, 2]
    ours, plain = found["trainers"][OURS], found["trainers"][PLAIN]
    for trainer in (ours, plain):
        assert all(0 <= value <= 1 for value in trainer["macro_f1"])
        rates = [120 * 2 / seconds for seconds in trainer["seconds"]]
        assert trainer["examples_per_second"] == pytest.approx(rates)
    assert found["ratios"] == pytest.approx([a / b for a, b in zip(plain["seconds"], ours["seconds"], strict=True)])
    table = training_speed_table({"command": "python scripts/training_speed.py", **found})
    assert "| Trainer |" in table
    assert "120 rows trained on, 90 validated on, 2 epoch(s)" in table
