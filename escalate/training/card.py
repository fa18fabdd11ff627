"""The model card of a bundle, written from its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from escalate.bundle import Manifest, shipped

_OWN_DATA: Final = "data/sentences/"
_OWN: Final = {
    "licence": "license: apache-2.0\nlanguage: en\n",
    "tags": "tags: [conflict, news, escalation, event-data]\n",
    "reads": "Reads one sentence of a news article, government statement or agency report and says whether it signals",
    "apart": ", of other conflicts\nwhere they were written for the dataset, of other documents where they are open text",
    "prose": "English news prose. A sentence",
}
_USERS: Final = {
    "licence": "",
    "tags": "",
    "reads": "Reads one sentence and gives it one of its labels,",
    "prose": "A sentence",
}
_CARD = """\
---
{licence}pipeline_tag: text-classification
base_model: {base}
{tags}---
# {title}

{reads}
{labels}, with calibrated probabilities. int8 ONNX, runs on a CPU without a network.

```python
from escalate.predict import Predictor

Predictor.load("{place}").predict("Rebels shelled the capital.").label
```

## Training
Fine-tuned from `{base}` on {train_rows} labelled sentences (seed {seed}); {judged}
on {validation_rows} others{apart}. {codebook}
{made}

| data file | SHA-256 |
| --- | --- |
{data}

## {measured}
| label | precision | recall | F1 | sentences |
| --- | --- | --- | --- | --- |
{classes}

Macro-F1 {macro_f1:.3f}, accuracy {accuracy:.3f}, expected calibration error {ece:.3f} at temperature {temperature:.3f}
and bias {bias}. {chose}, so these figures flatter; {elsewhere}.
{abstention}The exported network gives the trained one's label on {same:.1%} of {compared} sentences; the largest difference
in a probability is {difference:.3f}.

## Limits
{prose} is read by itself, without its article; irony, unsaid context and other languages are beyond it.
Texts longer than {max_tokens} tokens are read up to there and flagged. Not a basis for decisions about persons.
"""


def model_card(manifest: Manifest) -> str:
    """Write a model card in the hub's format.

    What holds for the project's own data and for the bundles in the package is said of these alone.

    Args:
        manifest: The bundle's manifest, complete but for `files`.

    Returns:
        Markdown.
    """
    found = manifest.metrics["validation"]
    parity = manifest.metrics["parity"]
    rows = manifest.provenance["rows"]
    calibration = manifest.provenance.get("calibration")
    codebook = f"Labels follow codebook {manifest.codebook['version']}." if manifest.codebook else ""
    classes = [
        f"| {label} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']} |"
        for label, row in found["per_class"].items()
    ]
    data = manifest.provenance["config"]["data"]
    own = _own(data)
    packed = own and not calibration and manifest.name in shipped()
    apart = ", set aside from the same files" if data["validation_share"] else ""
    elsewhere = "`escalate evaluate`\nmeasures it on sentences of neither kind"
    return _CARD.format(
        **{"apart": apart, **(_OWN if own else _USERS)},
        title=f"escalate/{manifest.name}" if packed else manifest.name,
        place=manifest.name if packed else f"path/to/{manifest.name}",
        elsewhere="the README has\nthose of the test split" if packed else elsewhere,
        base=manifest.provenance["base"],
        labels=", ".join(manifest.labels[:-1]) + " or " + manifest.labels[-1],
        train_rows=rows["train"],
        validation_rows=rows["validation"],
        seed=manifest.provenance["seed"],
        codebook=codebook,
        judged="chosen" if calibration else "chosen and calibrated",
        measured="Sentences of the calibration" if calibration else "Validation split",
        chose=_chose(calibration),
        made=_made(manifest.provenance["config"], manifest.provenance["base"]),
        data="\n".join(f"| {path} | `{sha256}` |" for path, sha256 in manifest.provenance["data"].items()),
        classes="\n".join(classes),
        macro_f1=found["macro_f1"],
        accuracy=found["accuracy"],
        ece=found["calibration_error"],
        temperature=manifest.temperature,
        bias=", ".join(f"{value:+.3f}" for value in manifest.bias),
        same=parity["same_labels"],
        compared=parity["rows"],
        difference=parity["largest_probability_difference"],
        max_tokens=manifest.max_tokens,
        abstention="".join(
            f"`abstain_below={threshold:.3f}` leaves {float(share):.0%} of these sentences answered.\n"
            for share, threshold in found.get("abstain_below", {}).items()
        ),
    )


def _own(data: dict[str, Any]) -> bool:
    """Whether a configuration's data are the project's own files, as its manifest lists them."""
    files = [*data["train"], *data["validation"]]
    return bool(data["validation"]) and not data["allow_unlisted"] and all(file.startswith(_OWN_DATA) for file in files)


def _chose(calibration: dict[str, Any] | None) -> str:
    """Say what the figures' sentences were used for."""
    if calibration is None:
        return "This split chose the checkpoint, the temperature and the bias"
    files = ", ".join(f"`{Path(file).name}`" for file in calibration["data"])
    return f"These {calibration['rows']} sentences ({files})\nchose the temperature and the bias"


def _made(config: dict[str, Any], origin: str) -> str:
    """Say what a configuration adds to plain fine-tuning."""
    model, teaching, pooling = config["model"], config.get("distillation"), config.get("pooling")
    said = []
    if model["layers"] is not None:
        kept = model["layers"] if isinstance(model["layers"], int) else len(model["layers"])
        said.append(f"It starts from {kept} of the layers of `{model['base']}`.")
    elif model["base"] != origin:
        said.append(f"It starts from `{model['base']}`.")
    if pooling:
        said.append("Before, the mean of the base's outputs was distilled into its first position.")
    if teaching:
        teachers = " and ".join(f"`{name}`" for name in teaching["teachers"])
        unlabelled = ", on texts without labels too," if teaching["texts"] else ""
        said.append(f"Taught by {teachers}{unlabelled} at temperature {teaching['temperature']}.")
    if config.get("polarity"):
        said.append("Which signal a neutral sentence is nearer to was learnt beside the labels, from readers' judgement.")
    if config["data"]["actor_swaps"]:
        said.append(f"States were swapped for others with probability {config['data']['actor_swaps']}.")
    if config["average_seeds"]:
        seeds = ", ".join(map(str, [config["seed"], *config["average_seeds"]]))
        said.append(f"The weights are the mean of runs with the seeds {seeds}.")
    return "\n".join(said)
