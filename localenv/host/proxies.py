"""Variables that name proxies, and those that keep them away from this machine's own addresses."""

from collections.abc import Mapping

_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")
_HERE = ("127.0.0.1", "localhost", "127.0.0.0/8")


def named(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that name a proxy."""
    return {name: value for name, value in environ.items() if name.lower() in _PROXIES and value}


def exceptions(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables that let addresses of this machine bypass the proxy, beside earlier ones; none without a proxy."""
    if not named(environ):
        return {}
    excepted = [part.strip() for name in ("no_proxy", "NO_PROXY") for part in environ.get(name, "").split(",")]
    hosts = ",".join(dict.fromkeys([*filter(None, excepted), *_HERE]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}
