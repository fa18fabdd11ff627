"""Where an interrupted training goes on, or that it had come to its end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

from transformers import TrainerState

_STATE: Final = "trainer_state.json"


def last_whole_epoch(folder: Path) -> Path | None:
    """Return the newest checkpoint that was written to its end; what was begun only is removed.

    Args:
        folder: The Trainer's directory.

    Returns:
        The checkpoint's directory; None where there is none.
    """
    # The trainer's state is the last file that it writes.
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{_STATE}")]
    for path in set(folder.glob("checkpoint-*")) - set(whole):
        shutil.rmtree(path)
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2])) if whole else None


def stopped_after(checkpoint: Path) -> float | None:
    """Say whether the training had come to its end with a checkpoint, because nothing got better or all epochs were done.

    Args:
        checkpoint: A directory as `last_whole_epoch` returns it.

    Returns:
        The epochs that were trained; None where it was to go on.
    """
    state = TrainerState.load_from_json(str(checkpoint / _STATE))
    callbacks: Any = state.stateful_callbacks
    control = callbacks.get("TrainerControl", {})
    return state.epoch if control.get("args", {}).get("should_training_stop") else None
