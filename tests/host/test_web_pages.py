"""Web pages elsewhere are told from what runs on this machine, also after DNS rebinding."""

import pytest

from localenv.host import web_pages


@pytest.mark.parametrize(
    "host", ["", "localhost:5000", "127.0.0.1:1", "[::1]:1", "mail", "photos.localhost", "192.168.1.9"]
)
def test_names_of_this_machine_are_here(host: str) -> None:
    assert not web_pages.is_elsewhere(host, "")
    assert not web_pages.is_elsewhere(host, "http://localhost:3000")
    assert web_pages.is_elsewhere(host, "https://shop.example")
    assert web_pages.is_elsewhere(host, "null")


@pytest.mark.parametrize("host", ["rebound.example:5000", "127.0.0.1.nip.example", "localhost.example", "[::1", "a.b"])
def test_other_names_are_elsewhere(host: str) -> None:
    assert web_pages.is_elsewhere(host, "")
