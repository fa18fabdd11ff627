"""The precision of matrix products in training."""

from __future__ import annotations

from typing import Any

import torch


def resolved(precision: str | None) -> str | None:
    """Say what a setting comes to on this machine.

    Args:
        precision: "bf16", "fp16", None for float32, or "auto".

    Returns:
        The setting itself; for "auto" bfloat16 where the GPU, or without one the processor, multiplies in it, and float32
        elsewhere, where it would take longer.
    """
    if precision != "auto":
        return precision
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else None
    # Older versions of torch cannot tell.
    capabilities: Any = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16")) else None
