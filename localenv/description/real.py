"""The real server of an upstream in the format: a URL, a program to start, or a service of another environment."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from localenv.description.service import ProgramModel, ServiceModel
from localenv.description.short_forms import VariableMap
from localenv.description.values import Fixed, fixed, mistake, path, template, text
from localenv.sources import Node

_ENDINGS = (".yaml", ".yml")


def credential(node: Node) -> str:
    """A text in which only variables of this machine are referred to."""
    if any(reference.name != "env" for reference in template(node).references):
        raise mistake("refers to something else than ${env.NAME}", "as in Bearer ${env.TOKEN:-}")
    return str(text(node))


def description(node: Node) -> Path | str:
    """The name of a description of this repository, or the path of another file or repository."""
    content = fixed(node)
    return path(node) if "/" in content or content.endswith(_ENDINGS) or content.startswith(".") else content


Credential = Annotated[str, PlainValidator(credential), WithJsonSchema({"type": "string"})]
Other = Annotated[Path | str, PlainValidator(description), WithJsonSchema({"type": "string"})]


class RealModel(ProgramModel):
    """The real server of an upstream; a text is its URL."""

    SHORT: ClassVar[str] = "url"

    url: Annotated[Fixed | None, Field(description="Where it is, as in https://api.partner.example.")] = None
    headers: Annotated[
        VariableMap[Credential],
        Field(default_factory=dict, description="Headers of each request, for credentials: Bearer ${env.TOKEN}."),
    ]
    env: Annotated[
        Other | None,
        Field(description="Another description: its name, its file, or a repository. Started unless it runs."),
    ] = None
    service: Annotated[Fixed | None, Field(description="The service of `env`; default: of the same name.")] = None

    @property
    def program(self) -> ServiceModel | None:
        """What is started, as a service; None for what runs elsewhere."""
        if not self._is_program:
            return None
        keys: dict[str, Any] = {key: getattr(self, key) for key in ProgramModel.model_fields}
        return ServiceModel.model_construct(**keys).placed(self.at)

    @property
    def _is_program(self) -> bool:
        return self.count("image", "build", "command", "entrypoint", "native") > 0

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        ways = self.count("url", "env") + self._is_program
        if ways != 1:
            raise mistake(f"has {'several of' if ways else 'none of'} url:, image:, build: and env:", "use one")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise mistake("has a url: that does not begin with http:// or https://")
        if self.service is not None and self.env is None:
            raise mistake("has service: but no env:")
        if not self._is_program and self.model_fields_set & {"port", "environment", "healthcheck"}:
            raise mistake("has port:, environment: or healthcheck: but no image: or build:")
        return self

    @model_validator(mode="after")
    def _runs(self) -> Self:
        if not self._is_program:
            return self
        if self.count("image", "build") > 1:
            raise mistake("has both build: and image:", "remove one")
        if self.port is None:
            raise mistake("has no port:", "add port: the port it listens on")
        return self
