"""The search for settings and the comparison of recipes, on the tiny encoder."""

import json
from pathlib import Path

import optuna
import pytest
import yaml

from escalate.errors import ConfigError, DataError
from escalate.report.recipes import recipes_table
from escalate.training.config import configured, load_config, read_config
from escalate.training.recipes import RecipesConfig, compare_recipes
from escalate.training.tune import Span, TuneConfig, tune
from tests.conftest import write_rows
from tests.training.parts import varied

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def base(tiny_config, tmp_path):
    file = tmp_path / "train.yaml"
    file.write_text(yaml.safe_dump(varied(tiny_config, tmp_path / "run", optimisation={"epochs": 1}).model_dump()))
    return str(file)


def searched(base, tmp_path, trials=2, **space):
    given = space or {
        "optimisation.learning_rate": {"low": 1e-4, "high": 3e-3, "log": True},
        "optimisation.batch_size": [8, 16],
    }
    return TuneConfig.model_validate({"train": base, "output": str(tmp_path / "search"), "trials": trials, "space": given})


def test_the_configs_of_the_project_are_valid_and_say_how_to_run_them():
    for path in (ROOT / "configs" / "tune").glob("*.yaml"):
        read_config(path, TuneConfig)
        assert f"escalate tune configs/tune/{path.name}" in path.read_text()
    recipes = read_config(ROOT / "configs" / "recipes.yaml", RecipesConfig)
    assert "python scripts/recipes.py" in (ROOT / "configs" / "recipes.yaml").read_text()
    base = load_config(ROOT / recipes.base)
    variants = [
        configured({**recipes.common, **changes}, "a variant", base).model_dump_json() for changes in recipes.variants.values()
    ]
    assert len(set(variants)) == len(variants)


def test_a_search_that_was_killed_goes_on_and_keeps_the_best_weights(base, tmp_path):
    tune(searched(base, tmp_path, trials=1))
    storage = f"sqlite:///{(tmp_path / 'search' / 'study.db').resolve()}"
    study = optuna.load_study(study_name="escalate", storage=storage)
    # What a kill in the middle of a trial leaves behind.
    lost = study.ask()
    wanted = {
        "optimisation.learning_rate": lost.suggest_float("optimisation.learning_rate", 1e-4, 3e-3, log=True),
        "optimisation.batch_size": lost.suggest_categorical("optimisation.batch_size", [8, 16]),
    }
    best = tune(searched(base, tmp_path, trials=2))
    states = [trial.state.name for trial in study.get_trials()]
    assert states == ["COMPLETE", "FAIL", "COMPLETE"]
    assert study.get_trials()[2].params == wanted
    assert best.trials == 2
    assert best.macro_f1 == max(trial.value for trial in study.get_trials() if trial.value is not None)
    assert [path.parent for path in (tmp_path / "search").glob("trial-*/checkpoint")] == [best.run]
    written = load_config(best.config)
    assert written.optimisation.batch_size == best.settings["optimisation.batch_size"]
    assert written.output == load_config(Path(base)).output
    with pytest.raises(ConfigError, match="another search"):
        tune(searched(base, tmp_path, **{"optimisation.epochs": [1]}))


def changed(base, **sections):
    """Write a base's configuration again, with keys of its sections changed."""
    content = yaml.safe_load(Path(base).read_text())
    for section, values in sections.items():
        content[section] = {**content[section], **values} if isinstance(values, dict) else values
    Path(base).write_text(yaml.safe_dump(content))
    return base


def tried(tmp_path):
    storage = f"sqlite:///{(tmp_path / 'search' / 'study.db').resolve()}"
    return optuna.load_study(study_name="escalate", storage=storage).get_trials()


def test_a_search_that_is_extended_draws_other_settings_and_averages_no_seeds(base, tmp_path):
    changed(base, average_seeds=[2], data={"train": [str(write_rows(tmp_path / "train.jsonl", 30))]})
    for trials in (1, 2):
        best = tune(searched(base, tmp_path, trials=trials))
    one, two = (trial.params for trial in tried(tmp_path))
    assert one["optimisation.learning_rate"] != two["optimisation.learning_rate"]
    assert [path.parent for path in tmp_path.rglob("checkpoint")] == [best.run]
    assert load_config(best.config).average_seeds == [2]


def test_settings_that_do_not_go_together_or_were_tried_are_passed_over(base, tmp_path):
    changed(base, optimisation={"epochs": 2}, data={"train": [str(write_rows(tmp_path / "train.jsonl", 30))]})
    space = {"optimisation.epochs": [1, 2], "optimisation.average_epochs": [1, 2]}
    assert tune(searched(base, tmp_path, trials=9, **space)).trials == 3
    complete = [trial.params for trial in tried(tmp_path) if trial.state.name == "COMPLETE"]
    assert {tuple(sorted(params.items())) for params in complete} == {
        (("optimisation.average_epochs", average), ("optimisation.epochs", epochs))
        for average, epochs in ((1, 1), (1, 2), (2, 2))
    }
    assert {trial.state.name for trial in tried(tmp_path)} == {"COMPLETE", "PRUNED"}


def test_a_search_in_which_nothing_can_be_trained_says_why(base, tmp_path):
    with pytest.raises(
        ConfigError, match=r"no settings of the space go together; model\.frozen_layers: the encoder has 2 layers"
    ):
        tune(searched(changed(base, model={"frozen_layers": 3}), tmp_path, **{"optimisation.batch_size": [8, 16]}))


@pytest.mark.parametrize(
    ("span", "kind"),
    [({"low": 0, "high": 1, "step": 0.25}, float), ({"low": 8, "high": 16.5}, float), ({"low": 8, "high": 32, "step": 8}, int)],
)
def test_numbers_are_whole_where_both_ends_and_the_step_are(span, kind):
    assert Span.model_validate(span).numbers is kind


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (
            {"optimisation.epoch": [1], "optimisation.r_drop": [-1.0], "seed": [1]},
            r"(?s)space.optimisation.epoch:.*optimisation.r_drop:",
        ),
        ({"optimisation.epoch": [1]}, "space.optimisation.epoch"),
        ({"optimisation.epochs": {"low": 0, "high": 2}}, "epochs"),
        ({"optimisation.batch_size": {"low": 8, "high": 16, "step": 0.5}}, "valid integer"),
    ],
)
def test_a_space_that_does_not_fit_is_refused_before_anything_is_trained(base, tmp_path, space, message):
    with pytest.raises(ConfigError, match=message):
        tune(searched(base, tmp_path, **space))
    assert not (tmp_path / "search").exists()


def test_a_span_must_be_drawable():
    with pytest.raises(ValueError, match="low <= high"):
        TuneConfig.model_validate({"train": "a", "output": "b", "space": {"seed": {"low": 2, "high": 1}}})


def test_recipes_are_compared_over_seeds_and_not_trained_twice(base, tmp_path):
    config = RecipesConfig(
        base=base,
        output=str(tmp_path / "runs"),
        seeds=[1, 2],
        common={"data.sample": 20},
        variants={"plain": {}, "smoothed": {"optimisation.label_smoothing": 0.2}},
    )
    found = compare_recipes(config)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*/results.json")}
    assert len(written) == 4
    assert {json.loads(path.read_text())["rows"]["train"] for path in written} == {20}
    assert compare_recipes(config) == found
    assert {path: path.stat().st_mtime_ns for path in written} == written
    figures = [run["macro_f1"] for run in found["variants"]["plain"]["runs"].values()]
    assert found["variants"]["plain"]["macro_f1"]["mean"] == pytest.approx(sum(figures) / 2)
    table = recipes_table({"command": "python scripts/recipes.py", **found})
    assert "`optimisation.label_smoothing: 0.2`" in table
    assert "in all of them: `data.sample: 20`" in table
    runs = {name: [run["macro_f1"] for run in variant["runs"].values()] for name, variant in found["variants"].items()}
    apart = ", ".join(f"{b - a:+.3f}" for a, b in zip(runs["plain"], runs["smoothed"], strict=True))
    assert f"| {apart} |" in table
    assert "| – |" in table
    assert "seeds 1, 2; command: `python scripts/recipes.py`" in table
    assert json.loads(json.dumps(found)) == found


def test_neither_a_search_nor_recipes_go_on_over_other_data(base, tmp_path):
    changed(base, data={"train": [str(write_rows(tmp_path / "train.jsonl", 60))]})
    recipes = {"base": base, "output": str(tmp_path / "runs"), "seeds": [1]}
    compare_recipes(RecipesConfig.model_validate({**recipes, "variants": {"plain": {}}}))
    tune(searched(base, tmp_path, trials=1))
    write_rows(tmp_path / "train.jsonl", 60, seed=7)
    with pytest.raises(DataError, match=r"train\.jsonl changed since .*plain-1"):
        compare_recipes(
            RecipesConfig.model_validate({**recipes, "variants": {"plain": {}, "more": {"optimisation.r_drop": 1.0}}})
        )
    with pytest.raises(DataError, match="changed since the search"):
        tune(searched(base, tmp_path, trials=2))


def test_a_recipe_with_an_unknown_key_is_refused(base, tmp_path):
    with pytest.raises(ConfigError, match="variant odd"):
        compare_recipes(RecipesConfig(base=base, output=str(tmp_path), variants={"odd": {"nothing": 1}}))


def test_recipes_average_seeds_where_they_say_so_and_keep_no_weights(base, tmp_path):
    data = {"train": [str(write_rows(tmp_path / "train.jsonl", 30))]}
    config = RecipesConfig(
        base=changed(base, average_seeds=[2], data=data),
        output=str(tmp_path / "runs"),
        seeds=[1],
        variants={"single": {}, "mean": {"average_seeds": [3]}},
    )
    compare_recipes(config)
    assert {path.parent.name for path in tmp_path.rglob("results.json")} == {"single-1", "mean-1", "mean-1-1", "mean-1-3"}
    assert not list(tmp_path.rglob("checkpoint"))


def test_recipes_without_validation_are_refused_before_anything_is_trained(base, tmp_path):
    config = RecipesConfig(base=base, output=str(tmp_path / "runs"), variants={"plain": {}, "all": {"data.validation": []}})
    with pytest.raises(ConfigError, match="variant all sets nothing aside"):
        compare_recipes(config)
    assert not (tmp_path / "runs").exists()
