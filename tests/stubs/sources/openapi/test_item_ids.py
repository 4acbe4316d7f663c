"""Which property of an item is the id that its path names."""

import pytest

from localenv.stubs.sources.openapi import item_ids


@pytest.mark.parametrize(
    ("parameter", "properties", "key"),
    [
        ("issueId", "id issueId", "issueId"),
        ("issue_id", "number id", "id"),
        ("issue_number", "id number title", "number"),
        ("issueNumber", "id number", "number"),
        ("team_slug", "id slug name", "slug"),
        ("secret-name", "name value", "name"),
        ("indexUid", "uid primaryKey", "uid"),
        ("issue", "title name slug", "slug"),
        ("id", "issue_id name", "issue_id"),
        ("id", "title issueId author_id", "issueId"),
        ("id", "author_id title", ""),
        ("number", "id issueNumber", "issueNumber"),
        ("issue", "title", ""),
    ],
)
def test_the_property_of_an_id_has_its_name_or_the_end_of_it_or_a_usual_one(
    parameter: str, properties: str, key: str
) -> None:
    assert item_ids.key(parameter, dict.fromkeys(properties.split()), "/v1/issues") == key
