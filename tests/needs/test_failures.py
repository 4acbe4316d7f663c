"""The words for how a need fails."""

import pytest

from localenv.needs.failures import parsed


@pytest.mark.parametrize(
    ("word", "meant"),
    [("latencyy=3", "latency=200ms"), ("slow=3s", "latency=200ms"), ("Stop", "stop"), ("reset", "disconnect"),
     ("refused", "refuse"), ("hang", "pause")],
)  # fmt: skip
def test_a_wrong_word_hints_at_the_right_one(word, meant):
    with pytest.raises(ValueError, match=f"unknown failure '{word}' of a need; did you mean {meant}\\? available: "):
        parsed([word])


@pytest.mark.parametrize(("word", "told"), [("latency", "takes a value: latency=200ms"), ("stop=1s", "takes no value")])
def test_a_value_too_few_or_too_many_is_told(word, told):
    with pytest.raises(ValueError, match=told):
        parsed([word])


def test_a_word_that_is_like_none_lists_all():
    with pytest.raises(ValueError, match=r"unknown failure 'explode' of a need; available: stop, pause, "):
        parsed(["explode"])
