from __future__ import annotations

import pytest

from nnlab.engine.errors import NnlabError, UsageError, expand_home, nearest, shortened, shown


def test_a_value_in_a_sentence_is_quoted_and_short_however_long_it_is():
    assert shown("abc") == "'abc'"
    assert shown([1, 2.5, "x"]) == "[1, 2.5, 'x']"
    assert shown(10**12) == "1000000000000"
    for value in (
        "x" * 10**7,
        [["x" * 10**6] * 10**6] * 10**6,
        {str(n): "y" * 1000 for n in range(10_000)},
        b"z" * 10**7,
    ):
        assert len(shown(value)) <= 120
    assert shown(10**5_000) == "a number of some 5,000 digits"
    assert "\n" not in shown("a\nb")


def test_a_sentence_keeps_its_beginning_and_its_end():
    sentence = str(UsageError("There is no file " + "x" * 10_000 + ": name another."))
    assert sentence.startswith("There is no file xxx")
    assert sentence.endswith("xxx: name another.")
    assert len(sentence) == 800
    assert str(NnlabError("a\nb\rc")) == "a\\nb\\rc"
    assert shortened("short", 5) == "short"


def test_a_word_of_a_million_letters_is_nobodys():
    assert nearest("x" * 1_000_000, ["x" * 1_000_000]) is None
    assert nearest("lerning", ["learning"] + ["x" * 1_000_000] * 3) == "learning"


def test_a_home_that_is_not_there():
    assert expand_home("~/x").is_absolute()
    assert str(expand_home("./~nosuch")) == "~nosuch"
    with pytest.raises(UsageError, match="no home folder '~nosuch'"):
        expand_home("~nosuch/x")
