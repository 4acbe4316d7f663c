"""The format of a service: how it is built, started, probed, and what differs without Docker."""

from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from localenv.description.forms import Dependencies, Labels, Listed, Variables
from localenv.description.model import Model
from localenv.description.values import (
    Fixed,
    Image,
    Line,
    PortNumber,
    Raw,
    Relative,
    Seconds,
    SomeLine,
    Status,
    Tag,
    Templated,
    Truth,
    Where,
    Words,
    choice,
    mistake,
)


class BuildModel(Model):
    """How an image is built, as Compose has it; paths are absolute."""

    SHORT: ClassVar[str] = "context"

    context: Annotated[Where, Field(description="The folder that is sent to the build, relative to this file.")]
    dockerfile: Annotated[Relative | None, Field(description="Relative to the context; default: Dockerfile.")] = None
    dockerfile_inline: Annotated[Words | None, Field(description="The Dockerfile itself.")] = None
    target: Annotated[Fixed | None, Field(description="The stage to build.")] = None
    args: Annotated[Variables[Templated], Field(default_factory=dict, description="Build arguments.")]

    @field_validator("dockerfile")
    @classmethod
    def _in_context(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        context = info.data.get("context")
        return context / value if value and context else value

    @model_validator(mode="after")
    def _one_dockerfile(self) -> Self:
        if self.count("dockerfile", "dockerfile_inline") > 1:
            raise mistake("has both a dockerfile and a dockerfile_inline", "leave one out")
        return self


class HealthcheckModel(Model):
    """What "it works" means; `timeout` in seconds."""

    SHORT: ClassVar[str] = "http"

    http: Annotated[Fixed | None, Field(description="A path that answers 2xx, without redirects.")] = None
    status: Annotated[Listed[Status], Field(description="The answers that count as healthy; default: 2xx.")] = ()
    host: Annotated[Fixed | None, Field(description="The Host header to ask with.")] = None
    tcp: Annotated[Truth, Field(description="Connects, and is not closed for 300 ms.")] = False
    command: Annotated[SomeLine | None, Field(description="A command in the service that ends with 0.")] = None
    timeout: Annotated[Seconds | None, Field(description="How long to wait, as in 60s.")] = None

    @field_validator("http")
    @classmethod
    def _a_path(cls, value: str | None) -> str | None:
        if value and not value.startswith("/"):
            raise mistake(f"must be a path that begins with /, not '{value}'", "as in healthcheck: /health")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.count("http", "command") + self.tcp > 1:
            raise mistake("asks in more than one way", "say one of http:, tcp: and command:")
        if (self.status or self.host) and not self.http:
            raise mistake("has a status or host, but no path to ask for", "as in {http: /health, status: [200]}")
        return self


class SetupModel(Model):
    """A step that prepares a folder; done once per change of its inputs (globs in that folder)."""

    SHORT: ClassVar[str] = "command"

    command: Annotated[SomeLine, Field(description="What prepares the folder.")]
    inputs: Annotated[Listed[Fixed], Field(description="Globs; a change in these files does the step again.")] = ()


class NativeModel(Model):
    """What differs on a machine without Docker."""

    working_dir: Annotated[Where | None, Field(description="Default: the build context.")] = None
    python: Annotated[Tag | None, Field(description="The version of Python it runs on.")] = None
    node: Annotated[Tag | None, Field(description="The version of Node it runs on.")] = None
    setup: Annotated[Listed[SetupModel], Field(description="What prepares the folder.")] = ()
    command: Annotated[SomeLine | None, Field(description="Default: the command of the service.")] = None


class EnvFileModel(Model):
    """A file of `KEY=value` lines, taken literally."""

    SHORT: ClassVar[str] = "path"

    path: Annotated[Where, Field(description="Relative to this file.")]
    required: Annotated[Truth, Field(description="false: it may be missing.")] = True


class ServiceModel(Model):
    """Something under work; `environment` holds what its `env_file`s say too."""

    build: Annotated[BuildModel | None, Field(description="How its image is built.")] = None
    image: Annotated[Image | None, Field(description="The image it runs, where none is built.")] = None
    command: Annotated[Line | None, Field(description="What it runs; the image's entrypoint stays.")] = None
    entrypoint: Annotated[Line | None, Field(description="Replaces the entrypoint of its image.")] = None
    port: Annotated[PortNumber | None, Field(description="The port it listens on; PORT is set to it.")] = None
    publish: Annotated[PortNumber | None, Field(description="Pins its port on this machine.")] = None
    address: Annotated[str | None, *choice("own"), Field(description="Native: a loopback address of its own.")] = None
    healthcheck: Annotated[HealthcheckModel | None, Field(description="A path, or how it is asked.")] = None
    environment: Annotated[Variables[Templated], Field(default_factory=dict, description="Its variables.")]
    env_file: Annotated[Listed[EnvFileModel], Field(description="Literal, below environment.")] = ()
    labels: Annotated[
        Labels[Templated], Field(default_factory=dict, description="Labels of its container; native has none.")
    ]
    depends_on: Annotated[Dependencies, Field(default_factory=dict, description="Services that start before it.")]
    profiles: Annotated[Listed[Fixed], Field(description="It is there with --profile only.")] = ()
    compose: Annotated[
        dict[str, Raw], Field(default_factory=dict, description="Raw Compose keys; native leaves them out.")
    ]
    native: Annotated[NativeModel | None, Field(description="What differs without Docker.")] = None

    @model_validator(mode="after")
    def _runs_one_image(self) -> Self:
        if not self.count("build", "image"):
            raise mistake("has neither build: nor image:", "build: .. builds the Dockerfile beside envs/")
        if self.count("build", "image") > 1:
            raise mistake("has both build: and image:", "leave one out; in an overlay, null removes the other")
        return self

    @model_validator(mode="after")
    def _listens_where_it_is_asked(self) -> Self:
        check = self.healthcheck
        if self.port is None and self.publish is not None:
            raise mistake("has publish: but no port:", "port: says where it listens")
        if self.port is None and check and (check.http or check.tcp):
            raise mistake("has a healthcheck that needs a port:", "port: says where it listens")
        if self.port is None and self.address:
            raise mistake("has address: but no port:", "port: says where it listens")
        return self
