"""What the figures of a speed benchmark depend on beside the code."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_PACKAGES: Final = ("numpy", "tokenizers", "onnxruntime", "torch", "transformers", "model2vec", "fasttext-numpy2")
_FEATURES: Final = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Instructions that decide how fast int8 and bfloat16 are, on x86 and on Arm."""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that do the work."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, Any]:
    """Describe the machine.

    Args:
        cpuinfo: Where Linux describes its processors.

    Returns:
        "processor", "cores" that this process may use, "features" of the processor (None where they cannot be read), and
        "load", the average of the last minute: figures of a busy machine say little.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    try:
        words = set(cpuinfo.read_text(encoding="utf-8").split())
    except OSError:
        features = None
    else:
        features = [name for name in _FEATURES if name in words]
    return {
        "processor": platform.machine(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "features": features,
        "load": os.getloadavg()[0],
    }
