from pathlib import Path

import pytest
import yaml

from escalate.errors import ConfigError
from escalate.training.config import TrainConfig, load_config

ROOT = Path(__file__).parent.parent.parent


def write(path, content):
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "train").glob("*.yaml")), ids=lambda path: path.name)
def test_every_config_of_the_project_is_valid_and_says_how_to_run_it(path):
    load_config(path)
    assert f"scripts/train.py configs/train/{path.name}" in path.read_text(encoding="utf-8")


def test_an_empty_file_means_the_defaults(tmp_path):
    assert load_config(write(tmp_path / "c.yaml", "")) == TrainConfig()


def test_overrides_win_and_are_read_as_yaml(tmp_path):
    path = write(tmp_path / "c.yaml", "optimisation: {epochs: 3}\n")
    found = load_config(path, ["optimisation.epochs=2", "model.dropout=null", "data.train=[a.jsonl, b.jsonl]", "seed=7"])
    assert (found.optimisation.epochs, found.model.dropout, found.seed) == (2, None, 7)
    assert found.data.train == ["a.jsonl", "b.jsonl"]


def test_every_problem_is_reported_at_once(tmp_path):
    path = write(tmp_path / "c.yaml", "sead: 1\nseed: '1'\noptimisation: {epochs: 0, learning_rat: 1.0}\nmodel: {base: 3}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert "5 problem(s)" in message
    for key in ("sead", "seed", "optimisation.epochs", "optimisation.learning_rat", "model.base"):
        assert f"  {key}: " in message


@pytest.mark.parametrize(
    ("content", "overrides", "message"),
    [
        ("a: [", [], "not valid YAML"),
        ("- a\n", [], "expected settings as 'key: value', found list"),
        ("", ["epochs"], "must look like section.key=value"),
        ("seed: 1", ["seed.x=1"], "seed is no section"),
        ("", ["seed=[", ], "not a YAML value"),
    ],
)  # fmt: skip
def test_what_is_no_configuration_is_refused(tmp_path, content, overrides, message):
    with pytest.raises(ConfigError, match=message):
        load_config(write(tmp_path / "c.yaml", content), overrides)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "missing.yaml")


def test_a_resolved_configuration_reads_back_the_same(tmp_path):
    config = TrainConfig(seed=5)
    path = write(tmp_path / "c.yaml", yaml.safe_dump(config.model_dump()))
    assert load_config(path) == config
