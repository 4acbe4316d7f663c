"""Turn fixed addresses in values into references: `postgres://app:pw@db:5432/app` into `${db.url}`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from localenv.importing import command_addresses, variable_names
from localenv.importing.targets import NEEDS, UPSTREAMS, Hosts, Reachable, reached
from localenv.needs.kinds import KINDS

_WORD = "\\w.\U00100000-\U0010fffd-"
_URL = re.compile(
    rf"(?P<scheme>(?:[A-Za-z][A-Za-z0-9+.-]*:)?[A-Za-z][A-Za-z0-9+._-]*)://(?:(?P<login>[^/\s'\"?]*)@)?"
    rf"(?P<host>[{_WORD}]+)(?::(?P<port>[\d\U00100000-\U0010fffd]+))?(?![{_WORD}:@])(?P<path>/[^?#\s'\",;|]*)?"
)
_ADDRESS = re.compile(rf"(?<![{_WORD}@/:\\$])(?P<host>[{_WORD}]+):(?P<port>[\d\U00100000-\U0010fffd]+)(?![{_WORD}:@/])")
_KEYED_HOST = re.compile(
    rf"(?P<key>(?<!\w)(?:host|server|data source)\s*=\s*)(?P<host>[{_WORD}]+)(?=[\s;,'\"]|$)", re.IGNORECASE
)
_KEYED_PORT = re.compile(
    rf"(?P<key>(?<!\w)port\s*=\s*)(?P<port>[\d\U00100000-\U0010fffd]+)(?![{_WORD}])", re.IGNORECASE
)
_LOCAL = re.compile(r"(?P<scheme>https?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(?P<port>\d+)(?![\w.])")
_PUBLIC_KEY = re.compile(r"PUBLIC|BASE|SITE|FRONT|CORS|ORIGIN|EXTERNAL|REDIRECT|CALLBACK|VITE|REACT|NEXT|APP_URL", re.I)
_HERE = ("localhost", "127.0.0.1")
_SCHEMES = {
    "postgres": ("postgres", "postgresql"), "mysql": ("mysql",), "mariadb": ("mysql",), "redis": ("redis",),
    "rabbitmq": ("amqp",), "nats": ("nats",),
}  # fmt: skip


class Texts(Protocol):
    """Texts whose variables and references are one character each."""

    def resolved(self, text: str) -> str:
        """The text with the values that its variables have now."""

    def shown(self, text: str) -> str:
        """The text with the defaults of its variables."""

    def reference(self, text: str) -> str:
        """The atom of a reference."""

    def has_atoms(self, text: str) -> bool:
        """Whether a text has a variable or a reference."""


@dataclass(frozen=True, kw_only=True)
class Connections:
    """Replaces addresses in the values of one reader, which has `profiles`."""

    hosts: Hosts
    needs: Sequence[Reachable]
    texts: Texts
    own: str = ""
    profiles: tuple[str, ...] = ()

    def text(self, text: str) -> str:
        """A text with its addresses as references, and the login beside the address of a need."""
        expanded = "".join(self._default(one) for one in text)
        replaced = self._keyed(_ADDRESS.sub(self._address, _URL.sub(self._url, expanded)))
        return self._logins(replaced) if replaced != text else text

    def line(self, word: str) -> str:
        """A word of a command, which may be a whole line for a shell."""
        return command_addresses.replaced(self.text(word), self._pair)

    def _pair(self, host: str, port: str | None) -> tuple[str, str] | None:
        """References to the host and port of a target that stand apart."""
        target = self._target(host)
        number = self._number(port) if port else None
        if target is None or (port and number is None):
            return None
        pair = [target.attribute(number, one) for one in ("host", "port")]
        return (self.texts.reference(pair[0]), self.texts.reference(pair[1])) if pair[0] and pair[1] else None

    def _keyed(self, text: str) -> str:
        """A text with the address of a need as `host=db port=5432`."""
        found = _KEYED_HOST.search(text)
        need = self._target(found["host"]) if found else None
        if found is None or need is None or need.section != NEEDS:
            return text
        host, port = (self.texts.reference(f"${{{need.name}.{one}}}") for one in ("host", "port"))
        text = f"{text[: found.start('host')]}{host}{text[found.end() :]}"
        of_need = (one for one in _KEYED_PORT.finditer(text) if self._number(one["port"]) == need.port)
        at = next(of_need, None)
        return f"{text[: at.start('port')]}{port}{text[at.end() :]}" if at else text

    def _logins(self, text: str) -> str:
        """A text that names a need: variables that set the need's login refer to it, as in `${USER}@tcp(db:1)`."""
        for need in self.needs:
            attributes = [self.texts.reference(f"${{{need.name}.{one}}}") for one in ("url", "address", "host")]
            login = KINDS[need.kind].login
            if login is None or not any(one in text for one in attributes):
                continue
            for attribute, values in (("user", [need.user] if login.has_user else []), ("password", need.passwords)):
                for value in values:
                    if len(value) == 1 and self.texts.has_atoms(value):
                        text = text.replace(value, self.texts.reference(f"${{{need.name}.{attribute}}}"))
        return text

    def _default(self, character: str) -> str:
        """The default of a variable if that is an address, as in `${API_URL:-http://api:8000}`."""
        default = self.texts.shown(character)
        is_address = len(default) > 1 and (_URL.search(default) or _ADDRESS.search(default))
        return default if is_address and self.text(default) != default else character

    def variables(self, written: Mapping[str, str]) -> dict[str, str]:
        """The values of variables, with hosts, ports and logins that stand alone too."""
        found = {key: self._public(key, self.text(value)) for key, value in written.items()}
        pairs: dict[str, Reachable] = {}
        for key, value in written.items():
            if found[key] == value and (target := self._host_of(key, value) or self._here(key, value, written)):
                reference = target.attribute(None, "host")
                if reference:
                    found[key] = self.texts.reference(reference)
                    pairs[variable_names.stem(key)] = target
        for key, value in written.items():
            if found[key] == value:
                found[key] = self._part(key, value, pairs)
        return found

    def _host_of(self, key: str, value: str) -> Reachable | None:
        target = self._target(value)
        is_service = target is not None and target.section != NEEDS and not variable_names.HOST.search(key)
        return target if target and variable_names.HOST.search(key) and not is_service else None

    def _here(self, key: str, value: str, written: Mapping[str, str]) -> Reachable | None:
        """The need that `localhost` can only mean: no container has its server."""
        if not variable_names.HOST.search(key) or self.texts.resolved(value) not in _HERE:
            return None
        beside = (
            number
            for name, number in written.items()
            if variable_names.PORT.search(name) and variable_names.is_beside(name, key)
        )
        port = next(beside, None)
        return self._published(self._number(port)) if port else next(iter(self._needs(key)), None)

    def _published(self, port: int | None) -> Reachable | None:
        """The need that is published at a port of this machine."""
        return next((one for one in self.needs if port in one.published), None)

    def _target(self, host: str) -> Reachable | None:
        target = self.hosts.get(self.texts.resolved(host).lower().rstrip("."))
        return target if target and reached(target, self.profiles) else None

    def _number(self, port: str | None) -> int | None:
        text = self.texts.resolved(port or "")
        return int(text) if text.isdigit() else None

    def _url(self, found: re.Match[str]) -> str:
        target, port = self._target(found["host"]), self._number(found["port"])
        if target is None and self.texts.resolved(found["host"]) in _HERE and (need := self._published(port)):
            return self._of_need(found, need, need.published[port or 0])
        if target is None or (found["port"] and port is None):
            return found[0]
        if target.section == NEEDS:
            return self._of_need(found, target, port)
        scheme, path = found["scheme"].lower(), found["path"] or ""
        if port is None and target.port not in (None, 80) and scheme == "http":
            return found[0]  # its client would take port 80
        is_plain = scheme == "http" and not found["login"] and (target.is_http or target.section == UPSTREAMS)
        if is_plain and (url := target.attribute(self._known(target, port), "url")):
            return self.texts.reference(url) + path
        address = target.attribute(self._known(target, port), "address") if found["port"] else None
        login = f"{found['login']}@" if found["login"] else ""
        return f"{found['scheme']}://{login}{self.texts.reference(address)}{path}" if address else found[0]

    def _known(self, target: Reachable, port: int | None) -> int | None:
        """An upstream has one port, whatever the original had."""
        return None if target.section == UPSTREAMS else port

    def _of_need(self, found: re.Match[str], need: Reachable, port: int | None) -> str:
        user, has_password, password = (found["login"] or "").partition(":")
        path = found["path"] or ""
        if port not in (None, need.port):
            further = need.attribute(port, "address")
            login = self._login(need, user, has_password, password)
            return f"{found['scheme']}://{login}{self.texts.reference(further)}{path}" if further else found[0]
        has_databases = KINDS[need.kind].has_databases
        is_login = self._is_login(need, user, password if has_password else None)
        is_database = not has_databases or self._is_database(need, path[1:])
        if found["scheme"].lower() in _SCHEMES[need.kind] and is_login and is_database:
            return self.texts.reference(f"${{{need.name}.url}}") + ("" if has_databases else path)
        shown = path
        if has_databases and path[1:] and is_database:
            shown = "/" + self.texts.reference(f"${{{need.name}.database}}")
        where = self.texts.reference(f"${{{need.name}.address}}")
        return f"{found['scheme']}://{self._login(need, user, has_password, password)}{where}{shown}"

    def _login(self, need: Reachable, user: str, has_password: str, password: str) -> str:
        if not (user or has_password):
            return ""
        login = KINDS[need.kind].login
        has_user = bool(login and login.has_user)
        is_open = _takes_any_login(need)
        is_known = has_user and (is_open or self._same(user, need.user))
        name = self.texts.reference(f"${{{need.name}.user}}") if is_known else user
        is_own = has_password and (is_open or any(self._same(password, one) for one in need.passwords))
        word = self.texts.reference(f"${{{need.name}.password}}") if is_own else password
        return f"{name}{':' if has_password else ''}{word}@"

    def _is_login(self, need: Reachable, user: str, password: str | None) -> bool:
        """Whether a login is that of the need; none is, where the need has none."""
        login = KINDS[need.kind].login
        has_user = bool(login and login.has_user)
        if _takes_any_login(need):
            return True
        if not user and not password:
            return not any(need.passwords) if need.kind in ("redis", "nats") else need.kind == "rabbitmq"
        is_user = self._same(unquote(user), need.user) if has_user else user in ("", "default")
        if password is None:
            return is_user and not any(need.passwords)
        return is_user and any(self._same(unquote(password), one) for one in need.passwords if one)

    def _is_database(self, need: Reachable, name: str) -> bool:
        """Whether it is the need's; any is, of a need of which nothing is known."""
        return bool(name) and (self._same(name, need.database) or (need.is_unknown and _takes_any_login(need)))

    def _same(self, text: str, other: str) -> bool:
        return bool(other) and (text == other or self.texts.resolved(text) == self.texts.resolved(other) != "")

    def _address(self, found: re.Match[str]) -> str:
        target, port = self._target(found["host"]), self._number(found["port"])
        if target is None or port is None:
            return found[0]
        known = port if target.section != UPSTREAMS else None
        reference = target.attribute(known, "address")
        return self.texts.reference(reference) if reference else found[0]

    def _public(self, key: str, text: str) -> str:
        """Addresses of this machine, at which the original publishes something."""

        def published(found: re.Match[str]) -> str:
            port = int(found["port"])
            for target in {id(one): one for one in self.hosts.values()}.values():
                if port in target.published and reached(target, self.profiles):
                    if target.name == self.own and not _PUBLIC_KEY.search(key):
                        return found[0]
                    is_plain = target.is_http and found["scheme"] == "http"
                    names = ("published_url",) if is_plain else ("published_host", "published_port")
                    references = [target.attribute(target.published[port], name) for name in names]
                    address = ":".join(self.texts.reference(one) for one in references if one)
                    return (address if is_plain else f"{found['scheme']}://{address}") if address else found[0]
            return found[0]

        return _LOCAL.sub(published, text)

    def _part(self, key: str, value: str, pairs: Mapping[str, Reachable]) -> str:
        """A port, user, password or database that belongs to a host beside it, or to the only such need."""
        target = _beside(key, pairs)
        number = self._number(value)
        if target and variable_names.PORT.search(key) and number is not None:
            reference = target.attribute(number, "port") or target.attribute(target.published.get(number, 0), "port")
            return self.texts.reference(reference) if reference else value
        needs = [target] if target and target.section == NEEDS else self._needs(key)
        for need in needs:
            if (attribute := self._member(key, value, need, is_beside=need is target)) is not None:
                return self.texts.reference(f"${{{need.name}.{attribute}}}")
        return value

    def _needs(self, key: str) -> list[Reachable]:
        """The needs that a variable may be of; those of the server that it names alone, if it names one."""
        possible = [one for one in self.needs if variable_names.KINDS[one.kind].search(key)]
        named = [one for one in possible if variable_names.SERVERS[one.kind].search(key)]
        return named or possible

    def _member(self, key: str, value: str, need: Reachable, *, is_beside: bool) -> str | None:
        """The attribute of a need that a variable holds: one of the same value, or any beside its host."""
        login = KINDS[need.kind].login
        is_open = is_beside and _takes_any_login(need)
        for attribute, pattern in variable_names.MEMBERS.items():
            if not pattern.search(key) or variable_names.PORT.search(key) or variable_names.HOST.search(key):
                continue
            if attribute == "password" and (is_open or any(self._same(value, one) for one in need.passwords)):
                return attribute
            if attribute == "user" and login and login.has_user and (is_open or self._same(value, need.user)):
                return attribute
            if attribute == "database" and KINDS[need.kind].has_databases and self._is_database(need, value):
                return attribute
        return None


def _takes_any_login(need: Reachable) -> bool:
    """Whether a server with users has no password of its own: it trusts everybody, or its variables are not known."""
    login = KINDS[need.kind].login
    return login is not None and login.has_user and not any(need.passwords)


def _beside(key: str, pairs: Mapping[str, Reachable]) -> Reachable | None:
    """The host whose variable begins as this one does; the longest such name."""
    lowered = key.lower()
    found = [stem for stem in pairs if lowered.startswith(stem) or not stem]
    return pairs[max(found, key=len)] if found else None
