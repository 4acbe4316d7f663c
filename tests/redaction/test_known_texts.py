"""Many known texts in a long one, and bodies that were slow to search for secrets."""

import json

import pytest

from localenv.redaction.known_texts import KnownTexts
from localenv.stubs.recording.scrubbing import Scrubber


def test_the_longest_text_that_begins_at_a_place_is_found() -> None:
    known = KnownTexts(["secret", "secret-1", "other!", "short"], 6)

    assert list(known.within("a secret-12, other! and short secret")) == [
        (2, "secret-1"),
        (13, "other!"),
        (30, "secret"),
    ]
    assert list(known.within("asecret secret-12 secret.", is_whole=True)) == [(8, "secret"), (18, "secret")]


def test_thousands_of_texts_with_the_same_beginning_are_told_apart() -> None:
    tokens = [f"eyJhbGciOi{number}" for number in range(5000)]
    known = KnownTexts(tokens, 8)

    assert [one for _, one in known.within(" ".join(tokens))] == tokens


def test_thousands_of_secrets_in_one_body_are_replaced_and_the_same_value_has_the_same_placeholder() -> None:
    users = [{"email": f"user{number}@corp.example.org", "id": number} for number in range(2000)]
    scrubber = Scrubber(key=b"k" * 32)

    clean = json.loads(scrubber.body(json.dumps([*users, *users]), "application/json"))

    assert len(scrubber.known) == 2000
    assert clean[:2000] == clean[2000:]
    assert [one["id"] for one in clean[:2000]] == [*range(2000)]
    assert "corp.example.org" not in json.dumps(clean)


@pytest.mark.parametrize(
    "body",
    [
        "a=" * 100_000,
        "<a " + "name='a' " * 20_000,
        "<a name=" + "x" * 200_000,
        "token=" * 20_000,
        "name=a\n\n" * 20_000,
    ],
)
def test_a_body_that_repeats_what_stands_before_a_secret_does_not_take_forever(body: str) -> None:
    assert Scrubber(key=b"k" * 32).body(body, "text/html")


def test_a_field_of_a_page_is_a_secret_by_any_of_its_names() -> None:
    scrubber = Scrubber(key=b"k" * 32)
    page = '<input value="s3cr3t-Value-1" id="x" name="csrf_token"><meta name="csrf-token" content="s3cr3t-Value-2">'

    clean = scrubber.body(page, "text/html")

    assert "s3cr3t" not in clean
    assert clean.startswith('<input value="secret-')
