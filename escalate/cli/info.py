"""`escalate info`: what is installed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from escalate.cli import show


def command(
    bundle: Annotated[str, typer.Option(help="Name of a bundle in the package, or a path.")] = "small",
) -> None:
    """Print version, bundle, labels, codebook version, metrics and backend."""
    import onnxruntime

    from escalate import __version__
    from escalate.bundle import load

    loaded = load(bundle)
    manifest = loaded.manifest
    table = Table(box=None, show_header=False, pad_edge=False)
    rows = {
        "version": __version__,
        "bundle": f"{manifest.name} ({loaded.path})",
        "bundle SHA-256": loaded.sha256,
        "size": f"{sum(file.stat().st_size for file in loaded.path.iterdir()) / 1e6:.1f} MB",
        "base checkpoint": str(manifest.provenance.get("base", "unknown")),
        "labels": ", ".join(manifest.labels),
        "codebook": manifest.codebook.get("version", "none"),
        "window": f"{manifest.max_tokens} tokens",
        "temperature": f"{manifest.temperature:.3f}",
        "bias": ", ".join(f"{value:+.3f}" for value in manifest.bias) or "none",
        "backend": f"onnxruntime {onnxruntime.__version__} (CPU)",
    }
    for name, value in manifest.metrics.get("validation", {}).items():
        if isinstance(value, float):
            rows[f"validation {name.replace('_', ' ')}"] = f"{value:.3f}"
    for name, value in rows.items():
        table.add_row(name, value)
    show.console().print(table)
