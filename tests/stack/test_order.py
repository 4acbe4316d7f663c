"""Topological order."""

from graphlib import CycleError

import pytest

from localenv.stack.order import ancestors, cycles, in_order, sorter


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({}, ""),
        ({"a": "", "b": ""}, "ab"),
        ({"a": "b", "b": ""}, "ba"),
        ({"a": "c", "b": "", "c": ""}, "bca"),
        ({"a": "bd", "b": "c", "c": "", "d": ""}, "cbda"),
        ({"a": "x"}, "a"),  # x is not in the graph
    ],
)
def test_each_comes_after_what_it_waits_for_else_in_the_order_given(graph, expected):
    assert "".join(in_order(graph)) == expected


def test_a_long_chain_has_an_order():
    chain = {n: [n + 1] for n in range(5000)}

    assert in_order(chain) == list(range(4999, -1, -1))


def test_ancestors_are_all_that_comes_before_also_through_others():
    assert ancestors({"a": "b", "b": "cx", "c": "", "d": ""}) == {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({"a": "b", "b": ""}, []),
        ({"a": "a"}, ["aa"]),
        ({"a": "b", "b": "a"}, ["aba"]),
        ({"b": "c", "c": "a", "a": "b"}, ["bcab"]),
        ({"x": "a", "a": "b", "b": "a", "c": "d", "d": "c"}, ["aba", "cdc"]),
    ],
)
def test_a_circle_is_told_once_from_the_first_that_is_written_along_what_waits(graph, expected):
    assert ["".join(one) for one in cycles(graph)] == expected


def test_what_goes_in_a_circle_has_no_order():
    with pytest.raises(CycleError):
        sorter({"a": "b", "b": "a"})
