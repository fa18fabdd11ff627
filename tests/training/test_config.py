from pathlib import Path

import pytest

from escalate.errors import ConfigError
from escalate.training.config import TrainConfig, dumped, load_config

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


def test_settings_that_do_not_go_together_are_reported_with_their_keys_beside_all_other_problems(tmp_path):
    path = write(
        tmp_path / "c.yaml",
        "sead: 1\naverage_seeds: [13]\ndata: {validation_share: 0.2, labels: [a, a]}\nmodel: {layers: [1, 0]}\n"
        "codes: {}\nlora: {}\noptimisation: {epochs: 2, average_epochs: 9}\n",
    )
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    named = {line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]}
    assert named == {
        "sead", "average_seeds", "data.validation_share", "data.labels", "model.layers", "lora", "optimisation.average_epochs",
    }  # fmt: skip


@pytest.mark.parametrize("written", ["5e-5", "5E-5", "5.e-5", "+5e-05", "0.5e-4", "5.0e-5"])
def test_a_number_may_be_written_as_papers_write_it(tmp_path, written):
    path = write(tmp_path / "c.yaml", f"optimisation: {{learning_rate: {written}}}\n")
    assert load_config(path).optimisation.learning_rate == 5e-5
    assert load_config(path, [f"optimisation.learning_rate={written}"]).optimisation.learning_rate == 5e-5


@pytest.mark.parametrize("key", ["seed", "pooling.seed", "average_seeds"])
@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_that_a_generator_would_not_take_are_refused(tmp_path, key, seed):
    path = write(tmp_path / "c.yaml", "pooling: {texts: [a.jsonl]}\n")
    with pytest.raises(ConfigError, match=rf"1 problem\(s\)\n  {key}"):
        load_config(path, [f"{key}={[seed] if key == 'average_seeds' else seed}"])


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
    config = TrainConfig(seed=5, name="1e5")
    path = write(tmp_path / "c.yaml", dumped(config))
    assert load_config(path) == config
