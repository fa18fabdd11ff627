"""What can be set, from the environment or the command line."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from escalate.errors import ConfigError

# What Kubernetes sets in every container beside a service called "escalate" or "escalate-...", for Docker's old links.
_LINK: Final = re.compile(r"ESCALATE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)")
_LINKED_PORT: Final = re.compile(r"(?:tcp|udp|sctp)://.*")
# Timers take neither infinite times nor those of centuries.
_DAY: Final = 86_400


def _sendable(key: SecretStr) -> SecretStr:
    """Refuse a key that some clients cannot send in a header, and others send in bytes of their own."""
    if not re.fullmatch(r"[ -~]+", key.get_secret_value()):
        raise ValueError("a header can hold printable ASCII characters only; use another key")
    return key


class Settings(BaseSettings):
    """Settings of the service; each is also read from the environment, as ESCALATE_ and its name in capitals."""

    # A value that was read from a file often ends with its line end.
    model_config = SettingsConfigDict(env_prefix="ESCALATE_", extra="forbid", frozen=True, str_strip_whitespace=True)

    host: str = Field("127.0.0.1", description="Address to bind; only this machine reaches 127.0.0.1.")
    port: int = Field(8000, ge=0, le=65535, description="Port to bind; 0 takes a free one.")
    bundle: str = Field("small", description="Name of a bundle in the package, or a path.")
    threads: int | None = Field(None, ge=1, description="Batches to run at once; by default the number of usable cores.")
    abstain_below: float | None = Field(
        None, ge=0, le=1, description="Predictions less confident than this are flagged; by default none."
    )
    api_key: Annotated[SecretStr, Field(min_length=1), AfterValidator(_sendable)] | None = Field(
        None, description="What clients of /v1 have to send as X-API-Key; by default nothing."
    )
    max_body: int = Field(2_000_000, ge=1, description="Largest body of a request, in bytes.")
    max_texts: int = Field(500, ge=1, description="Most texts, or articles, of a request.")
    max_length: int = Field(100_000, ge=1, description="Longest text, in characters.")
    max_entries: int = Field(
        50_000,
        ge=1,
        description="Most sentences of a time line, and most entries: a sentence counts in every series that it belongs to, so "
        "that series times periods are at most as many.",
    )
    batch: int = Field(32, ge=1, description="Most texts that the network is given at once.")
    queue: int = Field(128, ge=1, description="Most requests that may be in work or wait; the next is answered 429.")
    connections: int = Field(
        1000, ge=1, description="Most connections and tasks; beyond, connections are answered 503 at once."
    )
    timeout: float = Field(60.0, gt=0, le=_DAY, description="Seconds after which the work on a request is given up.")
    body_timeout: float = Field(
        10.0,
        gt=0,
        le=_DAY,
        description="Seconds in which a client has to send the head of a request, and as many again for its body.",
    )
    keep_alive: int = Field(5, ge=1, le=_DAY, description="Seconds for which an idle connection stays open.")
    grace: int = Field(
        30, ge=0, le=_DAY, description="Seconds for which a service told to stop waits for the requests in work."
    )


def listing() -> list[tuple[str, str]]:
    """Return each setting as its variable in the environment, with its default, and what it is."""
    return [
        (f"ESCALATE_{name.upper()}" + ("" if field.default is None else f"={field.default}"), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def settings(**given: Any) -> Settings:
    """Collect the settings; what is given wins over the environment, and None counts as not given.

    What Kubernetes sets for services called alike (ESCALATE_SERVICE_HOST, ESCALATE_PORT=tcp://...) is passed over.

    Args:
        **given: Settings by name.

    Returns:
        The settings.

    Raises:
        ConfigError: If a value cannot be used, or a variable ESCALATE_... of the environment is no setting; lists every
            problem.
    """
    values = {name: value for name, value in given.items() if value is not None}
    if _is_link("ESCALATE_PORT"):
        values.setdefault("port", Settings.model_fields["port"].default)
    known = {f"ESCALATE_{name}".upper() for name in Settings.model_fields}
    ours = [name for name in os.environ if name.upper().startswith("ESCALATE_") and not _is_link(name)]
    unknown = sorted(name for name in ours if name.upper() not in known)
    problems = [f"{name} is no setting; the nearest one is {_nearest(name, known)}" for name in unknown]
    try:
        found = Settings(**values)
    except ValidationError as error:
        problems += [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors(include_input=False)]
    if problems:
        raise ConfigError(f"settings of the service: {'; '.join(problems)}")
    return found


def _is_link(name: str) -> bool:
    linked = name.endswith("_PORT") and _LINKED_PORT.fullmatch(os.environ.get(name, ""))
    return bool(linked or _LINK.fullmatch(name))


def _nearest(name: str, known: set[str]) -> str:
    return get_close_matches(name.upper(), sorted(known), n=1, cutoff=0)[0]
