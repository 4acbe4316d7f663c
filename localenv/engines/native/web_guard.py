"""Guard an application of WSGI, which has no login of its own, against web pages elsewhere."""

from collections.abc import Callable, Iterable
from typing import Any

from localenv.host import web_pages

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def guarded(served: Application, refuse: Application) -> Application:
    """The application, and for web pages elsewhere the one that refuses."""

    def answer(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        is_elsewhere = web_pages.is_elsewhere(asked.get("HTTP_HOST", ""), asked.get("HTTP_ORIGIN", ""))
        return (refuse if is_elsewhere else served)(asked, start)

    return answer
