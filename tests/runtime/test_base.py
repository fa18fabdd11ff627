"""The tokens that all runtimes read, with whatever special tokens an encoder puts around a text."""

import pytest
from tokenizers import Tokenizer as Fast
from tokenizers import models, pre_tokenizers, processors

from escalate.runtime.base import Tokenizer


@pytest.mark.parametrize("template", ["$A", "$A [S]", "[S] $A [S]", "[S] [S] $A [S]"])
def test_a_text_is_empty_where_special_tokens_surround_nothing(tmp_path, template):
    fast = Fast(models.WordLevel({"[U]": 0, "[S]": 1, "ceasefire": 2}, "[U]"))
    fast.pre_tokenizer = pre_tokenizers.Whitespace()
    fast.post_processor = processors.TemplateProcessing(single=template, special_tokens=[("[S]", 1)])
    fast.save(str(tmp_path / "tokenizer.json"))
    found = Tokenizer(tmp_path / "tokenizer.json", 8)(["ceasefire", "", " \u200b", "ceasefire " * 9])
    assert [tokens.empty for tokens in found] == [False, True, True, False]
    assert [tokens.truncated for tokens in found] == [False, False, False, True]
    assert found[0].ids.count(2) == 1
    assert len(found[0].ids) == len(template.split())
