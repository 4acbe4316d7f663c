"""Keys in a foreground `up`: open, status, reset, apply, watch, logs, help, quit."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from localenv import Environment
from localenv.console import keyboard, progress
from localenv.console.failures import failure
from localenv.console.ink import Ink
from localenv.console.progress import Form
from localenv.console.summary import overview
from localenv.environment import lifecycle
from localenv.errors import LocalenvError
from localenv.host.background import meanwhile
from localenv.stack import Role

LINE = "keys: o open · s status · r reset · u apply · w watch · l logs · ? help · q quit"
_HELP = """\
  o  open a service in the browser
  s  show the status
  r  reset needs to the seeded data, and upstreams to their stubs
  u  apply changes as `localenv up` does: the description, builds, jobs
  w  watch the files of services and apply changes; again: stop
  l  choose whose logs are shown
  q  quit: remove the environment, as Ctrl-C does"""
_MOST = 9  # choices by digit

Message = Callable[[str], None]


def are_read(form: Form, *, wanted: bool) -> bool:
    """Whether a foreground `up` reads keys: for a person, on a terminal."""
    return wanted and form is Form.PERSON and keyboard.is_possible()


@dataclass(kw_only=True)
class Keys:
    """What each key does; messages go through `message`, `show` limits the logs to some services, `watch` toggles."""

    found: Environment
    message: Message
    show: Callable[[frozenset[str]], None]
    watch: Callable[[], None]
    _choice: Callable[[int], None] | None = field(default=None, repr=False)  # waits for a digit

    def press(self, key: str) -> None:
        """Do what a key stands for; others do nothing."""
        choose, self._choice = self._choice, None
        if choose is not None and key.isdigit():
            choose(int(key))
        elif action := self._actions.get(key.lower()):
            try:
                action()
            except LocalenvError as error:
                self.message(failure(error, sys.stderr))

    @property
    def _actions(self) -> Mapping[str, Callable[[], None]]:
        return {
            "o": self._open, "s": self._status, "r": self._reset, "u": self._apply, "w": self.watch, "l": self._logs,
            "?": lambda: self.message(_HELP), "h": lambda: self.message(_HELP), "q": _quit,
        }  # fmt: skip

    def _status(self) -> None:
        self.message(f"\n{overview(self.found.status(), sys.stderr)}\n")

    def _reset(self) -> None:
        done = self.found.reset()
        changed = [f"{name} ({', '.join(what)})" for name, what in done.changed.items() if what]
        self.message(f"reset: {', '.join(changed) or 'nothing had changed'}")
        for name, why in done.not_reset.items():
            self.message(f"{name}: not reset: {why}")

    def _apply(self) -> None:
        request = replace(self.found.prepared.request, build=False, fresh=False)
        lifecycle.up(request, progress.plain)
        self.message("up to date")

    def _open(self) -> None:
        services = self.found.stack.of(Role.SERVICE)
        urls = [self.found.url(one.name) for one in services if one.port and one.port.scheme in ("http", "https")]
        if len(urls) > 1:
            self._choose("open", urls, lambda chosen: self._browse(urls[chosen - 1]))
        elif urls:
            self._browse(urls[0])
        else:
            self.message("no service has a web page")

    def _browse(self, url: str) -> None:
        self.message(url if not webbrowser.open(url) else f"opened {url}")

    def _logs(self) -> None:
        names = [one.name for one in self.found.stack.of(Role.SERVICE, Role.NEED)]

        def chosen(number: int) -> None:
            self.show(frozenset([names[number - 1]]) if number else frozenset())
            self.message(f"logs of {names[number - 1] if number else 'everything'}")

        self._choose("logs of", names, chosen, zero="everything")

    def _choose(self, what: str, among: list[str], done: Callable[[int], None], *, zero: str = "") -> None:
        shown = [f"{number} {one}" for number, one in enumerate(among[:_MOST], 1)]
        self.message(f"{what}: {' · '.join([*([f'0 {zero}'] if zero else []), *shown])}")

        def choose(number: int) -> None:
            if (number or zero) and number <= len(among[:_MOST]):
                done(number)

        self._choice = choose


@contextmanager
def read(keys: Keys) -> Iterator[None]:
    """React to keys until the block exits."""
    keys.message(Ink(sys.stderr)(LINE, "dim"))
    with keyboard.single_keys(), meanwhile(partial(_follow, keys)):
        yield


def _follow(keys: Keys, over: threading.Event) -> None:
    for key in keyboard.keys(over):
        keys.press(key)


def _quit() -> None:
    os.kill(os.getpid(), signal.SIGINT)
