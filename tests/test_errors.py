import pytest

from escalate.errors import EscalateError, MissingExtraError, require


def test_a_missing_extra_is_named_with_the_command_that_installs_it():
    with pytest.raises(MissingExtraError, match=r"no_such_module.*pip install 'escalate-signals\[train\]'"):
        require("train", "json", "no_such_module")


def test_installed_modules_pass_and_all_errors_share_a_base():
    require("train", "json")
    assert issubclass(MissingExtraError, EscalateError)
