"""Upstreams, by the variables that hold URLs of other services."""

import re
from urllib.parse import urlsplit

from localenv import redaction
from localenv.description.names import fitted
from localenv.importing.repository.finds import Finds, FoundService, FoundUpstream, FoundVariable

_URL = re.compile(
    r"^(?P<name>[A-Z][A-Z0-9_]*?)_(?:SERVICE_|API_|BASE_?|SVC_|HTTP_)*(?:URL|URI|ENDPOINT|BASE|ADDR|HOST_URL|API)$"
)
_OWN = re.compile(
    r"^((\w+_)?(DATABASE|DB|REDIS|CACHE|AMQP|RABBITMQ|NATS)|POSTGRES\w*|SPRING_DATASOURCE\w*|PG\w*|MYSQL|MARIADB|MONGO\w*|CELERY\w*|BROKER|RESULT_BACKEND|SQLALCHEMY\w*"
    r"|KAFKA\w*|PUBLIC|BASE|SITE|APP|FRONTEND|FRONT|BACKEND|WEB|CLIENT|SERVER|SELF|HOST|STATIC|MEDIA|ASSETS?|CDN|LOGIN"
    r"|LOGOUT|REDIRECT|CALLBACK|NEXTAUTH|AUTH_REDIRECT|CORS|ROOT|DOMAIN|API|S3\w*|MINIO\w*|AWS\w*|SENTRY\w*|PLAYWRIGHT|CYPRESS|STORYBOOK|PROXY|HTTPS?"
    r"|NO|SMTP|MAIL|EMAIL|ELASTIC\w*|DEV|TEST\w*|LOCAL|DEFAULT|(\w+_)?(IMAGE|LOGO|ICON|AVATAR)|DIRECT|SHADOW_DATABASE|NEXT_PUBLIC\w*|VITE\w*|REACT_APP\w*"
    r"|NPM\w*|PIP\w*|DOCKER\w*|GITHUB_SERVER|CI\w*)$"
)
_FEW = 4  # upstreams whose variables have no value
_PACKS = {"openai": "openai", "otel-exporter-otlp": "otlp"}  # stubs that come with localenv


def detect(finds: Finds) -> None:
    """Add an upstream for each such variable; without values only if they are few, because those are optional."""
    variables = (one for one in finds.variables.values() if service_at(finds, one) is None)
    found = {name: one for one in variables if (name := named(one)) and name not in finds.services}
    bare = [name for name, one in found.items() if not (one.example or one.default or one.is_required)]
    for name, variable in found.items():
        if name in bare and len(bare) > _FEW:
            continue
        if own := next(
            (one for one in finds.upstreams if one.replace("_", "-") == name or one in name.split("-")), None
        ):
            name = own
        where = f"{variable.name} in {variable.where}"
        upstream = finds.upstreams.setdefault(name, FoundUpstream(name=name, why=where))
        upstream.pack = _PACKS.get(name, "")
        host = host_of(variable)
        if host and host not in upstream.hosts:
            upstream.hosts = (*upstream.hosts, host)


def named(variable: FoundVariable) -> str:
    """The name of the upstream that a variable leads to; empty for any other variable."""
    found = _URL.match(variable.stem.upper())
    value = variable.example if variable.example is not None else variable.default
    if not found or _OWN.match(found["name"]) or redaction.is_secret(variable.name):
        return ""
    if value and (not value.startswith(("http://", "https://")) or _is_here(value)):
        return fitted(found["name"].replace("_", "-")) if _is_here(value) and value.startswith("http") else ""
    return fitted(found["name"].replace("_", "-"))


def service_named(finds: Finds, variable: FoundVariable) -> FoundService | None:
    """The service that a variable without a public URL is called after."""
    found, value = _URL.match(variable.stem), variable.example or variable.default or ""
    is_own = found is not None and (not value or _is_here(value))
    return finds.services.get(fitted(found["name"].replace("_", "-"))) if found and is_own else None


def service_at(finds: Finds, variable: FoundVariable) -> FoundService | None:
    """The only service with the port of a URL of this machine."""
    value = variable.example or variable.default or ""
    port = re.match(r"https?://[^/:]+:(\d{2,5})(?:/|$)", value) if _is_here(value) else None
    found = [one for one in finds.services.values() if port and one.port == int(port[1])]
    return found[0] if len(found) == 1 else None


def host_of(variable: FoundVariable) -> str:
    """The public host in its value, at which code may also ask without the variable."""
    value = variable.example or variable.default or ""
    host = urlsplit(value).hostname or "" if value.startswith("http") else ""
    return host if "." in host and not _is_here(value) and re.fullmatch(r"[\w.-]+", host) else ""


def path_of(variable: FoundVariable) -> str:
    """The path of its value, which a client expects in front of its own."""
    value = variable.example or variable.default or ""
    return urlsplit(value).path.rstrip("/") if value.startswith("http") else ""


def _is_here(value: str) -> bool:
    return bool(re.match(r"https?://(localhost|127\.|0\.0\.0\.0|host\.docker\.internal)", value))
