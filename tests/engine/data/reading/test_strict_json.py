"""JSON from whoever wrote it: how deep it is, is known before a parser runs out of stack."""

import json

import pytest

from nnlab.engine.data.reading.strict_json import DEEPEST_UNREAD, TOO_DEEP, check_nesting


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * DEEPEST_UNREAD + "]" * DEEPEST_UNREAD, ""),
        ("[" * (DEEPEST_UNREAD + 1), f"{TOO_DEEP} in line 1"),
        ("]" * 500 + "[" * (DEEPEST_UNREAD + 1), f"{TOO_DEEP} in line 1"),
        (json.dumps({"a": "[" * 500 + '\\"' + "{" * 500}), ""),
        (json.dumps(["\\", "[" * 500, '"\\\\']), ""),
        ('{"a": 1}\n' * 500, ""),
        ('["\\\\", \n' + "[" * (DEEPEST_UNREAD + 1), f"{TOO_DEEP} in line 2"),
        ('["\\"", ' + "[" * (DEEPEST_UNREAD + 1), f"{TOO_DEEP} in line 1"),
        ('{"a": "b\n' + "[" * 500, "a line ends within a text"),
    ],
)
def test_the_nesting_of_json_is_known_before_it_is_parsed(text: str, said: str):
    found = ""
    try:
        check_nesting(text.encode())
    except ValueError as error:
        found = str(error)
    assert found == said
