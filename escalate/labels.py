"""The labels, their order, their codes and the version of the codebook: known here and nowhere else."""

from __future__ import annotations

from typing import Final

CODEBOOK_VERSION: Final = "1.1"

ESCALATION: Final = "escalation"
DE_ESCALATION: Final = "de-escalation"
NEUTRAL: Final = "neutral"

LABELS: Final[tuple[str, ...]] = (ESCALATION, DE_ESCALATION, NEUTRAL)
"""The labels in the order of every model's outputs and every table's columns."""

UNCLEAR: Final = "unclear"
"""A row on which careful readers cannot agree: kept in the annotations, left out of training and headline figures."""

CODES: Final[dict[str, str]] = {
    "E1": "force used",
    "E2": "readiness raised or force shown",
    "E3": "threat, ultimatum, declaration of war or emergency",
    "E4": "coercion short of force",
    "E5": "hostile words or refusal by a party",
    "E6": "a calming process fails",
    "E7": "the conflict widens or danger rises",
    "D1": "fighting ends or pauses",
    "D2": "force or pressure reduced",
    "D3": "contact restored or talks under way",
    "D4": "concession, apology, acceptance, amnesty",
    "D5": "restraint",
    "D6": "cooperation across a line of conflict",
    "D7": "danger judged to be receding",
    "N1": "background and history",
    "N2": "description without a new step",
    "N3": "procedure and schedule without direction",
    "N4": "ordinary cooperation or business",
    "N5": "opinion, analysis, poll or emotion",
    "N6": "outside conflict",
}
"""The finer codes of data/CODEBOOK.md, each with its title."""

_LABEL_OF_INITIAL: Final = {"E": ESCALATION, "D": DE_ESCALATION, "N": NEUTRAL}


def label_of(code: str) -> str:
    """Return the label that a code belongs to.

    Args:
        code: One of `CODES`, such as "E1".

    Returns:
        The code's label, one of `LABELS`.

    Raises:
        KeyError: If the code is not in the codebook.
    """
    if code not in CODES:
        raise KeyError(f"no code {code!r} in codebook {CODEBOOK_VERSION}; the codes are {', '.join(CODES)}")
    return _LABEL_OF_INITIAL[code[0]]
