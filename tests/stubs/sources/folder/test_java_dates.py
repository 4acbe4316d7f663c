"""Formats of dates that Java refuses are known before WireMock runs; no other one is refused."""

import pytest

from localenv.stubs.sources.folder import java_dates


@pytest.mark.parametrize(
    "form",
    [
        "yyyy-foo",
        "T",
        "yyyy-MM-ddTHH",
        "{",
        "#",
        "'",
        "yyyy'T",
        "DDDD",
        "HHH",
        "aa",
        "cc",
        "VVV",
        "OO",
        "p",
        "pp-",
        "y]",
    ],
)
def test_what_java_refuses_is_a_mistake(form: str) -> None:
    assert java_dates.mistake(form)


@pytest.mark.parametrize(
    "form",
    [
        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "dd/MM/yyyy",
        "epoch",
        "unix",
        "EEE, dd MMM yyyy",
        "''",
        "[[yyyy]",
        "ppH",
        "VV",
        "",
    ],
)
def test_what_java_takes_is_none(form: str) -> None:
    assert java_dates.mistake(form) == ""
