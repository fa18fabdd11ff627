"""The rivals that a model is compared with, by name."""

from __future__ import annotations

from typing import Final

from escalate.benchmarks.baselines import majority
from escalate.benchmarks.rivals.base import Aligned, Rival
from escalate.benchmarks.rivals.embeddings import NearestExample, SentenceEmbeddings, StaticEmbeddings
from escalate.benchmarks.rivals.fast_text import FastText
from escalate.benchmarks.rivals.few_shot import SetFit
from escalate.benchmarks.rivals.fine_tuning import FineTuned
from escalate.benchmarks.rivals.llm import LanguageModel
from escalate.benchmarks.rivals.nli import Entailment
from escalate.benchmarks.rivals.sentiment import Vader
from escalate.data.keywords import tfidf

_TRAIN: Final = ("torch", "transformers")

RIVALS: Final[dict[str, Rival]] = {
    "majority": Rival(lambda setting: Aligned(majority(), setting.labels), learns=True),
    "vader": Rival(Vader, learns=False, modules=("vaderSentiment",)),
    "tfidf": Rival(lambda setting: Aligned(tfidf(), setting.labels), learns=True),
    "fasttext": Rival(FastText, learns=True, options=("epochs", "learning_rate"), modules=("fasttext",)),
    "embeddings": Rival(SentenceEmbeddings, learns=True, options=("base",), modules=(*_TRAIN, "sentence_transformers")),
    "static": Rival(
        StaticEmbeddings, learns=True, options=("base", "dimensions"), modules=(*_TRAIN, "model2vec", "skeletoken")
    ),
    "nearest": Rival(NearestExample, learns=False, options=("base", "codebook"), modules=(*_TRAIN, "sentence_transformers")),
    "setfit": Rival(SetFit, learns=True, options=("base", "samples", "steps"), modules=(*_TRAIN, "setfit")),
    "finetune": Rival(FineTuned, learns=True, options=("config", "base", "keep"), modules=(*_TRAIN, "datasets", "accelerate")),
    "nli": Rival(Entailment, learns=False, options=("base",), modules=_TRAIN),
    "llm": Rival(LanguageModel, learns=False, options=("address", "model", "codebook", "key_variable"), modules=("httpx",)),
}
"""The methods by name."""
