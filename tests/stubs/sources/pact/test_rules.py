"""Which matching rule is for which value."""

import pytest

from localenv.stubs.sources.pact import rules

RULES = rules.parse(
    {
        "body": {
            path: {"matchers": [matcher]}
            for path, matcher in {
                "$": {"match": "type"},
                "$.items": {"match": "type", "min": 2},
                "$.items[*].id": {"match": "integer"},
                "$.items[0].id": {"match": "regex", "regex": "1+"},
                "$.items[*].*": {"match": "number"},
                "$['*']": {"match": "null"},
                **{f"$.other[{number}].id": {"match": "date"} for number in range(3000)},
            }.items()
        }
    }
)


@pytest.mark.parametrize(
    ("path", "matcher"),
    [
        ((), {"match": "type"}),
        (("items",), {"match": "type", "min": 2}),
        (("items", 0, "id"), {"match": "regex", "regex": "1+"}),
        (("items", 7, "id"), {"match": "integer"}),
        (("items", 7, "price"), {"match": "number"}),
        (("items", 7, "price", "deeper"), {"match": "type"}),
        (("*",), {"match": "null"}),
        (("other", 2999, "id"), {"match": "date"}),
        (("other", 3000, "id"), {"match": "type"}),
    ],
)
def test_the_one_that_fits_best_or_a_parents_that_is_for_everything_below(path, matcher):
    found = RULES.best(path)

    assert found is not None
    assert list(found.matchers) == [matcher]


def test_without_a_fitting_one_there_is_none():
    assert rules.parse({"body": {"$.id": {"matchers": [{"match": "integer"}]}}}).best(("name",)) is None
