"""The tables of the dataset card, from the figures of `escalate data check`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def counts_tables(counts: dict[str, dict[str, dict[str, int]]]) -> str:
    """Write the counts as Markdown tables, one a field.

    Args:
        counts: Field -> value -> split -> number.

    Returns:
        The tables.
    """
    blocks = []
    for field in ("total", *(name for name in counts if name != "total")):
        splits = list(next(iter(counts[field].values())))
        lines = [f"| {field} | {' | '.join(splits)} | all |", f"| --- | {' | '.join('---' for _ in splits)} | --- |"]
        for value, by_split in counts[field].items():
            cells = " | ".join(f"{by_split[split]:,}" for split in splits)
            lines.append(f"| {value} | {cells} | {sum(by_split.values()):,} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def agreement_table(agreement: dict[str, dict[str, Any]]) -> str:
    """Write the agreement of the two annotators, before any decision, as a Markdown table with the commonest confusions.

    Args:
        agreement: Slice -> figures of `data.annotations.agreement`.

    Returns:
        The table.
    """
    labels = list(agreement["all"]["kappa_per_class"])
    lines = [
        f"| slice | sentences | same label | kappa | alpha | {' | '.join(f'kappa {label}' for label in labels)} |",
        f"| --- | --- | --- | --- | --- | {' | '.join('---' for _ in labels)} |",
    ]
    for name, found in agreement.items():
        classes = " | ".join(f"{found['kappa_per_class'][label]:.3f}" for label in labels)
        figures = f"{found['same']:.3f} | {found['kappa']:.3f} | {found['alpha']:.3f}"
        lines.append(f"| {name} | {found['rows']:,} | {figures} | {classes} |")
    confusions = ", ".join(f"{pair} ({number})" for pair, number in agreement["all"]["confusions"].items())
    unclear = agreement["all"]["unclear"]
    return "\n".join([*lines, "", f"Commonest pairs of codes: {confusions}. Decided unclear: {unclear:.1%} of sentences."])


def variety_table(diversity: dict[str, dict[str, Any]]) -> str:
    """Write the variety of corpora side by side as a Markdown table.

    Args:
        diversity: Corpus -> figures of `data.diversity.diversity`.

    Returns:
        The table.
    """
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        "sentences": lambda found: f"{found['sentences']:,}",
        "words a sentence, mean": lambda found: f"{found['words_mean']:.1f}",
        "words, 5 / 25 / 50 / 75 / 95%": lambda found: " / ".join(f"{value:.0f}" for value in found["words_quantiles"]),
        "distinct trigrams, of at most 20,000 sentences": lambda found: f"{found['distinct_trigrams']:.3f}",
        "with a quotation": lambda found: f"{found['quotation']:.3f}",
        "with a quotation or attribution": lambda found: f"{found['quotation_or_attribution']:.3f}",
        "with several clauses": lambda found: f"{found['several_clauses']:.3f}",
        "with a number": lambda found: f"{found['number']:.3f}",
    }
    lines = [f"| measure | {' | '.join(diversity)} |", f"| --- | {' | '.join('---' for _ in diversity)} |"]
    lines += [f"| {name} | {' | '.join(show(found) for found in diversity.values())} |" for name, show in rows.items()]
    return "\n".join(lines)


def keywords_sentence(keywords: dict[str, float]) -> str:
    """Write how far words alone get on the test split.

    Args:
        keywords: Figures of `data.keywords`.

    Returns:
        A sentence.
    """
    return (
        "TF-IDF with logistic regression, trained on the written part of `train`, reaches a macro-F1 of "
        f"{keywords['macro_f1']:.3f} on `test`: the labels do not follow from words alone."
    )


def polarity_sentence(polarity: dict[str, Any]) -> str:
    """Write how many neutral sentences have a polarity, and how far their readers agree.

    Args:
        polarity: Figures of `data.polarity.polarity_agreement`, some sentences read twice.

    Returns:
        A sentence or two.
    """
    said = ", ".join(f"{count:,} {name}" for name, count in polarity["polarities"].items())
    return (
        f"{polarity['sentences']:,} neutral sentences have a reading ({said}). On the {polarity['twice']:,} that were read "
        f"twice {polarity['same']:.3f} of the readings agree, kappa {polarity['kappa']:.3f}; {polarity['opposite']} are "
        "opposite."
    )
