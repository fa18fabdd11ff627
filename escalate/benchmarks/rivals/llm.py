"""A language model behind an address that speaks OpenAI's chat protocol, with a prompt made of the codebook."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from escalate.benchmarks.rivals.base import Floats, Setting
from escalate.errors import ConfigError, DataError

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 120.0
_TRIES = 2
_TASK = "Label the sentence by the codebook. Answer with one of these words and nothing else: {labels}."


class LanguageModel:
    """Asks for one sentence at a time, at temperature 0; the answer's label has probability 1."""

    def __init__(self, setting: Setting) -> None:
        """Make the prompt.

        Args:
            setting: Options `address` (such as http://127.0.0.1:8000/v1), `model`, `codebook` (data/CODEBOOK.md) and
                `key_variable`, the environment variable that holds the key, if one is needed.

        Raises:
            ConfigError: If address or model are not given, or the key's variable is empty.
            DataError: If the codebook cannot be read.
        """
        self._setting = setting
        if not setting.option("address", None) or not setting.option("model", None):
            raise ConfigError("address and model are not set; give those of a server that speaks OpenAI's chat protocol")
        variable = setting.option("key_variable", None)
        if variable and not os.environ.get(variable):
            raise ConfigError(f"the environment variable {variable} holds no key")
        self._headers = {"Authorization": f"Bearer {os.environ[variable]}"} if variable else {}
        path = Path(setting.option("codebook", "data/CODEBOOK.md"))
        try:
            codebook = path.read_text(encoding="utf-8")
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from error
        self._prompt = f"{codebook}\n\n{_TASK.format(labels=', '.join(setting.labels))}"

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn nothing."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text.

        Args:
            texts: n texts, sent one by one.

        Returns:
            Shape (n, k), 1 for the label that was answered.

        Raises:
            DataError: If the server does not answer, or not with a label even when asked again.
        """
        import httpx

        rows = np.zeros((len(texts), len(self._setting.labels)))
        with httpx.Client(timeout=_TIMEOUT_SECONDS, headers=self._headers) as client:
            for row, text in enumerate(texts):
                rows[row, self._ask(client, row, text)] = 1
        return rows

    def _ask(self, client: httpx.Client, row: int, text: str) -> int:
        import httpx

        address = f"{str(self._setting.options['address']).rstrip('/')}/chat/completions"
        body = {
            "model": self._setting.options["model"],
            "temperature": 0,
            "seed": self._setting.seed,
            "messages": [{"role": "system", "content": self._prompt}, {"role": "user", "content": text}],
        }
        answer = ""
        for _ in range(_TRIES):
            try:
                response = client.post(address, json=body).raise_for_status()
                answer = str(response.json()["choices"][0]["message"]["content"])
            except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
                raise DataError(f"{address}: no answer to row {row}: {error!r}") from error
            said = answer.strip().strip(".`'\"*").lower()
            if said in self._setting.labels:
                return self._setting.labels.index(said)
        raise DataError(f"{address}: row {row} was answered with {answer!r:.80}, expected {', '.join(self._setting.labels)}")
