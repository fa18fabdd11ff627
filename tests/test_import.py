"""`import escalate` is cheap and touches nothing."""

import json
import subprocess
import sys
from importlib import resources

import pytest

HEAVY = [
    "torch",
    "transformers",
    "onnxruntime",
    "pandas",
    "numpy",
    "tokenizers",
    "sklearn",
    "datasets",
    "typer",
    "pydantic",
    "py3langid",
]


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_nothing_heavy_is_loaded():
    loaded = json.loads(run("import json, sys, escalate; print(json.dumps(sorted(sys.modules)))"))
    assert not set(HEAVY) & set(loaded)


def test_the_time_line_is_at_hand_without_loading_pandas():
    code = "import escalate, sys; print(callable(escalate.timeline), 'pandas' in sys.modules); import escalate.timeline as t; "
    assert run(code + "from escalate.timeline import build; print(callable(escalate.timeline))").split() == [
        "True",
        "False",
        "True",
    ]


def test_no_logging_is_set_up_and_no_environment_variable_changed():
    code = "import os, logging; old = dict(os.environ); import escalate; print(old == dict(os.environ), logging.root.handlers)"
    assert run(code).strip() == "True []"


def test_importing_costs_less_than_importing_numpy():
    code = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
    fastest = {name: min(float(run(code.format(name))) for _ in range(3)) for name in ("escalate", "numpy")}
    assert fastest["escalate"] < fastest["numpy"]


@pytest.mark.parametrize(
    "statement", ["from escalate.predict import Predictor", "import escalate.predict", "import escalate.cli.main"]
)
def test_predict_stays_a_function_whatever_is_imported(statement):
    assert run(f"import escalate; {statement}; print(callable(escalate.predict))").strip() == "True"


def test_a_star_import_needs_no_extra_and_what_needs_one_is_listed():
    code = "import escalate.errors as e; e.find_spec = lambda name: None; from escalate import *; print(predict.__name__); "
    assert run(code + "import escalate; print('EscalationClassifier' in dir(escalate))").split() == ["predict", "True"]


def test_the_package_says_that_it_is_typed():
    assert resources.files("escalate").joinpath("py.typed").is_file()
