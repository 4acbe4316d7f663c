"""The clean environment of native programs: only essential variables of this process are inherited."""

import os
from collections.abc import Mapping

from localenv.guard import where
from localenv.host import proxies

_WAY = frozenset({"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR"})
_CERTIFICATES = frozenset(
    {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"}
)
_PACKAGE_CLIENTS = ("PIP_", "UV_", "POETRY_", "PDM_", "PIPENV_", "NPM_CONFIG_", "YARN_", "PNPM_", "COREPACK_")
_NO_STARTUP_FILE = {"PSQLRC": os.devnull}  # the user's own file could connect psql to another database


def way(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """PATH, home, language and time zone: enough for a backing service."""
    known = os.environ if environ is None else environ
    kept = {name: value for name, value in known.items() if name in _WAY or name.startswith("LC_")}
    return {"PATH": os.defpath} | kept


def owned(identity: str) -> dict[str, str]:
    """The same for a program that prepares an environment: the guard ends it with the environment's owner."""
    return way() | {where.MARK: identity}


def clean(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The same with proxy, certificate and package-client variables; addresses of this machine bypass the proxy."""
    known = os.environ if environ is None else environ
    more = {name: value for name, value in known.items() if name in _CERTIFICATES or _is_package_client(name)}
    return way(known) | _NO_STARTUP_FILE | more | proxies.named(known) | proxies.exceptions(known)


def with_path(environment: Mapping[str, str], *first: object) -> dict[str, str]:
    """The environment with these folders first on PATH."""
    return {**environment, "PATH": os.pathsep.join([*map(str, first), environment.get("PATH", os.defpath)])}


def _is_package_client(name: str) -> bool:
    return name.upper().startswith(_PACKAGE_CLIENTS)
