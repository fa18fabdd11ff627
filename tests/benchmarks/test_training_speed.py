"""Both trainers on the tiny encoder; how much faster one is shows on a real one only."""

import pytest

from escalate.benchmarks.speed.training import OURS, PLAIN, compare_training
from escalate.errors import ConfigError
from escalate.report.training_speed import training_speed_table
from escalate.training.config import configured


@pytest.fixture
def config(tiny_config):
    changes = {"model.dropout": None, "data.sample": 120, "optimisation.patience": tiny_config.optimisation.epochs}
    return configured(changes, "a test", tiny_config)


def test_both_trainers_learn_from_the_same_rows(config):
    found = compare_training(config, [1, 2])
    assert found["rows"] == {"train": 120, "validation": 90}
    assert found["seeds"] == [1, 2]
    assert found["precision"] == "float32"
    ours, plain = found["trainers"][OURS], found["trainers"][PLAIN]
    for trainer in (ours, plain):
        # Always the commonest class would come to a third of its F1, less than a quarter.
        assert min(trainer["macro_f1"]) > 1 / 3
        assert len(trainer["seconds"]) == len(trainer["examples_per_second"]) == 2
    assert found["ratios"] == pytest.approx([a / b for a, b in zip(plain["seconds"], ours["seconds"], strict=True)])
    table = training_speed_table({"command": "python scripts/training_speed.py", **found})
    assert "| Trainer |" in table
    assert "120 rows trained on, 90 validated on" in table


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimisation.r_drop": 1.0}, "none of our methods"),
        ({"data.actor_swaps": 0.5}, "none of our methods"),
        ({"optimisation.epochs": 9}, "patience"),
        ({"data.validation": []}, "data.validation is empty"),
    ],
)
def test_what_one_of_them_cannot_do_is_refused(config, changes, message):
    with pytest.raises(ConfigError, match=message):
        compare_training(configured(changes, "a test", config), [1])
