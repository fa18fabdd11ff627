"""The model directory that prediction loads: files, hashes, labels, calibration, provenance."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from escalate.errors import BundleError, DataError
from escalate.target import check_targets

FORMAT: Final = 1
DEFAULT: Final = "small"
SHIPPED: Final = Path(__file__).parent / "bundles"


@dataclass(frozen=True)
class Layout:
    """The files of a bundle."""

    manifest: str = "manifest.json"
    model: str = "model.onnx"
    tokenizer: str = "tokenizer.json"
    card: str = "README.md"


LAYOUT: Final = Layout()


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        name: Short name, such as "small".
        labels: Labels in the order of the model's outputs.
        prior: Share of each label in the training data, in the order of `labels`: what is said of an empty text.
        max_tokens: The model's window in tokens, special tokens included.
        temperature: Logits are divided by it before the softmax (Guo et al., 2017).
        bias: Added to the divided logits, a number for each label (Alexandari et al., 2020); empty for none.
        codebook: Version and SHA-256 of the codebook that the labels follow; empty for labels of a user's own.
        files: SHA-256 of every other file of the bundle.
        metrics: Figures on the validation split, and agreement of the exported with the trained model.
        provenance: Base checkpoint, resolved configuration, data hashes, seed and versions.
        format: Version of this layout.
    """

    name: str
    labels: tuple[str, ...]
    prior: tuple[float, ...]
    max_tokens: int
    temperature: float
    bias: tuple[float, ...] = ()
    codebook: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Bundle:
    """A checked bundle on disk."""

    path: Path
    manifest: Manifest

    @property
    def model(self) -> Path:
        """The ONNX file."""
        return self.path / LAYOUT.model

    @property
    def tokenizer(self) -> Path:
        """The tokenizer file."""
        return self.path / LAYOUT.tokenizer

    @property
    def sha256(self) -> str:
        """Hash of the manifest, and through it of the whole bundle."""
        return sha256_of(self.path / LAYOUT.manifest)


def shipped() -> list[str]:
    """Return the names of the bundles in the package, the default first."""
    names = [path.parent.name for path in SHIPPED.glob(f"*/{LAYOUT.manifest}")]
    return sorted(names, key=lambda name: (name != DEFAULT, name))


def is_bundle(name: str) -> bool:
    """Say whether a name stands for a bundle: one in the package, or a directory that holds one."""
    # Not Path.is_file, which raises for names that are too long.
    return name in shipped() or all(os.path.isfile(Path(name) / file) for file in (LAYOUT.manifest, LAYOUT.model))  # noqa: PTH113


def load(bundle: str | os.PathLike[str] = DEFAULT) -> Bundle:
    """Find a bundle, read its manifest and check every file against it.

    Args:
        bundle: Name of a bundle in the package ("small"), or path of a bundle directory. A name stands for the bundle in the
            package whatever lies in the working directory; "./small" is the directory.

    Returns:
        The checked bundle.

    Raises:
        BundleError: If there is no such bundle, a file is missing, changed or not readable, or the manifest cannot be right.
    """
    try:
        path = _find(bundle)
        manifest = _read_manifest(path / LAYOUT.manifest)
        for name, expected in manifest.files.items():
            file = path / name
            if not file.is_file():
                raise BundleError(f"{path}: {name} is listed in the manifest but missing; export or copy the bundle again")
            if sha256_of(file) != expected:
                raise BundleError(f"{file}: SHA-256 differs from the manifest; export or copy the bundle again")
    except OSError as error:
        raise BundleError(f"{error.filename}: the bundle cannot be read: {error.strerror}") from error
    return Bundle(path, manifest)


def save(manifest: Manifest, files: dict[str, Path | str], target: Path) -> Bundle:
    """Write a bundle as a whole: into a directory beside the target, then renamed.

    Args:
        manifest: The manifest; its `files` are filled in here.
        files: Name in the bundle -> a file to copy, or the content as text. The model and the tokenizer must be among them.
        target: Directory of the bundle; an older bundle there is replaced.

    Returns:
        The bundle as loaded again from disk.

    Raises:
        BundleError: If a needed file is not given, or the target holds anything but a bundle.
        DataError: If the directory or a file cannot be written, for instance on a full disk; an older bundle stays.
    """
    absent = {LAYOUT.model, LAYOUT.tokenizer} - files.keys()
    if absent:
        raise BundleError(f"a bundle needs {', '.join(sorted(absent))}")
    check_place(target)
    place = target.resolve()
    staging, replaced = (place.with_name(f".{place.name}.{os.getpid()}{kind}") for kind in ("", ".replaced"))
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
        for name, source in files.items():
            if isinstance(source, Path):
                shutil.copyfile(source, staging / name)
            else:
                (staging / name).write_text(source, encoding="utf-8")
        hashes = {name: sha256_of(staging / name) for name in sorted(files)}
        content = {**asdict(manifest), "files": hashes}
        (staging / LAYOUT.manifest).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if place.exists():
            # Aside before it is removed: at no moment is neither of the two whole on the disk.
            place.rename(replaced)
        staging.rename(place)
    except OSError as error:
        if replaced.exists() and not place.exists():
            replaced.rename(place)
        raise DataError(f"{target}: the bundle cannot be written: {error}; what stood there stays") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(replaced, ignore_errors=True)
    return load(target)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def check_place(target: Path) -> None:
    """Find a place where no bundle can be written, before work is done for it.

    Args:
        target: Directory of a bundle to be written.

    Raises:
        BundleError: If the target holds anything but a bundle.
        DataError: If the directory cannot be made or written.
    """
    if not target.exists():
        check_targets(target)
        return
    if not target.is_dir():
        raise BundleError(f"{target} exists and is no bundle; choose another place")
    present = {inner.name for inner in target.iterdir()}
    if not present:
        return
    try:
        known = {LAYOUT.manifest, *_read_manifest(target / LAYOUT.manifest).files}
    except (BundleError, OSError) as error:
        raise BundleError(f"{target} exists and is no bundle; choose another place") from error
    if others := sorted(present - known):
        raise BundleError(
            f"{target} holds more than a bundle ({', '.join(others[:3])}); choose another place or move them away"
        )


def _find(bundle: str | os.PathLike[str]) -> Path:
    if not os.fspath(bundle):
        raise BundleError(f"an empty name stands for no bundle; bundles in the package: {', '.join(shipped()) or 'none'}")
    if bundle in shipped():
        return SHIPPED / bundle
    tried = [Path(bundle), SHIPPED / bundle]
    for path in tried:
        if (path / LAYOUT.manifest).is_file():
            return path
    raise BundleError(
        f"no bundle {os.fspath(bundle)!r}: looked for {LAYOUT.manifest} in {' and '.join(map(str, tried))}; "
        f"bundles in the package: {', '.join(shipped()) or 'none'}"
    )


def _read_manifest(path: Path) -> Manifest:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = {name: tuple(content[name]) for name in ("labels", "prior", "bias") if name in content}
        manifest = Manifest(**{**content, **rows})
    except (ValueError, TypeError, RecursionError) as error:
        raise BundleError(f"{path}: not a bundle manifest of format {FORMAT}: {error!r}") from error
    if manifest.format != FORMAT:
        raise BundleError(f"{path}: format {manifest.format}, but this version of escalate reads format {FORMAT}")
    if problem := _problem(manifest):
        raise BundleError(f"{path}: {problem}; export or copy the bundle again")
    return manifest


def _problem(manifest: Manifest) -> str:
    """Say what cannot be right in a manifest; nothing if all is well."""
    tables = (manifest.codebook, manifest.files, manifest.metrics, manifest.provenance)
    names = (manifest.name, *manifest.labels, *(manifest.files.values() if isinstance(manifest.files, dict) else ()))
    numbers = (manifest.max_tokens, manifest.temperature, *manifest.prior, *manifest.bias)
    if not all(isinstance(table, dict) for table in tables):
        return "codebook, files, metrics or provenance is no object"
    if not all(isinstance(name, str) for name in names):
        return "the name, a label or a hash is no string"
    if not all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers):
        return "max_tokens, the temperature, a prior or a bias is no finite number"
    if LAYOUT.model not in manifest.files or LAYOUT.tokenizer not in manifest.files:
        return f"the manifest lists no {LAYOUT.model} or no {LAYOUT.tokenizer}"
    if any(Path(name).name != name for name in manifest.files):
        return "the manifest lists a file that lies outside of the bundle"
    if not isinstance(manifest.max_tokens, int) or manifest.max_tokens < 1 or manifest.temperature <= 0:
        return "max_tokens is no positive whole number, or the temperature is not positive"
    if not manifest.labels or {len(manifest.prior), len(manifest.bias) or len(manifest.labels)} != {len(manifest.labels)}:
        return "there are no labels, or labels, prior and bias differ in length"
    return ""
