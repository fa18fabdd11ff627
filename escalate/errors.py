"""The errors that escalate raises on purpose; each message says what to do."""

from __future__ import annotations

from importlib.util import find_spec


class EscalateError(Exception):
    """Base of all errors raised on purpose."""


class ConfigError(EscalateError):
    """A configuration or setting that cannot be used; lists every problem at once."""


class DataError(EscalateError):
    """Input data that cannot be used; names the file, row or field."""


class BundleError(EscalateError):
    """A model bundle or checkpoint that is missing, incomplete or not what its manifest says."""


class MissingExtraError(EscalateError, ImportError):
    """A command or class needs packages of an extra that is not installed."""


def require(extra: str, *modules: str) -> None:
    """Check that the modules of an extra can be imported, without importing them.

    Args:
        extra: Name of the extra, such as "train"; of several, separated by commas.
        *modules: Import names that the caller is about to use.

    Raises:
        MissingExtraError: If one of the modules is not installed.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"this needs {', '.join(missing)}, which the base install leaves out; "
            f"install it with: pip install 'escalate-signals[{extra}]'"
        )
