"""The body of a request is read whole, or refused: never waited for, and never cut off without a word."""

from email.message import Message
from io import BytesIO

import pytest

from localenv.stubs.responder.bodies import received
from localenv.stubs.responder.values import MalformedRequest


def read(content: bytes, **headers: str) -> bytes:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return received(message, BytesIO(content))


def test_bodies_are_read_by_length_and_in_chunks() -> None:
    assert read(b"hello!", Content_Length="5") == b"hello"
    assert read(b"5;x=1\r\nhello\r\n1\r\n!\r\n0\r\na: b\r\n\r\n", Transfer_Encoding="chunked") == b"hello!"
    assert read(b"more") == b""


@pytest.mark.parametrize("length", ["-1", "+5", "abc", "5_0", "²", "9" * 30, str(1 << 40), "6"])
def test_a_length_that_is_none_or_too_large_is_refused(length: str) -> None:
    with pytest.raises(MalformedRequest):
        read(b"hello", Content_Length=length)


@pytest.mark.parametrize(
    "content",
    [b"", b"-5\r\nhello", b"zz\r\n", b"5\r\nhel", b"0\r\n", b"F" * 20, b"1" * 20000, b"0\r\n" + b"a: b\r\n" * 9000],
)
def test_chunks_that_are_malformed_cut_off_or_endless_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedRequest):
        read(content, Transfer_Encoding="chunked")
