"""`escalate export`: a training run as a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Directory of a training run.")],
    target: Annotated[Path | None, typer.Option("--to", help="Directory of the bundle; default: RUN/bundle.")] = None,
    codebook: Annotated[Path, typer.Option(help="The codebook that the labels follow.")] = Path("data/CODEBOOK.md"),
    min_agreement: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the trained model's labels that the bundle must give.")
    ] = 0.99,
) -> None:
    """Write int8 ONNX, calibrate it, compare it with the trained model, and pack it with manifest and model card."""
    from escalate.errors import require

    require("train", "torch", "transformers", "onnx", "onnxscript", "scipy", "yaml")
    from escalate.training.export import export

    bundle = export(run, target or run / "bundle", codebook=codebook, min_agreement=min_agreement)
    parity = bundle.manifest.metrics["parity"]
    typer.echo(
        f"exported: {bundle.path}; validation macro-F1 {bundle.manifest.metrics['validation']['macro_f1']:.4f}, "
        f"{parity['same_labels']:.2%} same labels as the trained model, "
        f"largest difference in probability {parity['largest_probability_difference']:.4f}"
    )
