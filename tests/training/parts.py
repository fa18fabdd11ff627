"""A configuration with some of its keys changed."""

import json

from escalate.training.config import TrainConfig


def varied(config, output, **changes):
    """Return another configuration for another output; sections are merged, other values replaced."""
    content = config.model_dump()
    content["output"] = str(output)
    for section, values in changes.items():
        merge = isinstance(values, dict) and content[section] is not None
        content[section] = {**content[section], **values} if merge else values
    return TrainConfig.model_validate(content)


def results_of(run):
    """Return what a run wrote."""
    return json.loads((run / "results.json").read_text())
