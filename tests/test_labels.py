from pathlib import Path

import pytest

from escalate.labels import CODES, LABELS, label_of

ROOT = Path(__file__).parent.parent


def test_every_code_belongs_to_a_label():
    assert {label_of(code) for code in CODES} == set(LABELS)
    assert [label_of(code) for code in ("E3", "D5", "N6")] == ["escalation", "de-escalation", "neutral"]


def test_an_unknown_code_is_an_error_that_lists_the_codes():
    with pytest.raises(KeyError, match="E1, E2"):
        label_of("E9")


def test_the_codebook_defines_exactly_these_codes_and_this_version():
    import re

    from escalate.labels import CODEBOOK_VERSION

    codebook = (ROOT / "data" / "CODEBOOK.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| ([EDN]\d) \|", codebook, flags=re.MULTILINE) == list(CODES)
    assert f"(version {CODEBOOK_VERSION})" in codebook.splitlines()[0]


def test_no_other_module_spells_the_labels():
    for path in (ROOT / "escalate").rglob("*.py"):
        if path.name not in ("labels.py", "document.py", "predict.py", "main.py", "__init__.py"):
            assert '"de-escalation"' not in path.read_text(encoding="utf-8"), path
