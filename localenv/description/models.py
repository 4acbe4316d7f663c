"""The format as a whole; here also its files and smoke checks."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from localenv.description.forms import Listed, Request, Variables
from localenv.description.model import Model
from localenv.description.need import NeedModel, StepModel, WrittenNeed
from localenv.description.service import BuildModel, HealthcheckModel, NativeModel, ServiceModel, SetupModel
from localenv.description.upstream import UpstreamModel, WrittenUpstream
from localenv.description.values import (
    Count,
    Fixed,
    Json,
    SomeLine,
    Status,
    Templated,
    Where,
    Words,
    choice,
    mistake,
)
from localenv.stack import Template

__all__ = [
    "BuildModel",
    "Document",
    "FileModel",
    "HealthcheckModel",
    "NativeModel",
    "NeedModel",
    "ServiceModel",
    "SetupModel",
    "SmokeModel",
    "StepModel",
    "UpstreamModel",
    "WrittenNeed",
    "WrittenUpstream",
]


class FileModel(Model):
    """A secret or a config."""

    generate: Annotated[str | None, *choice("rsa-2048", "ec-p256", "password"), Field(description="Made anew.")] = None
    content: Annotated[Templated | None, Field(description="The text itself, with references.")] = None
    file: Annotated[Where | None, Field(description="A file, relative to this one.")] = None
    environment: Annotated[Fixed | None, Field(description="A variable of the command's environment.")] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.count("generate", "content", "file", "environment") != 1:
            raise mistake("must have exactly one of generate:, content:, file: and environment:")
        return self


class SmokeModel(Model):
    """A last check: a request, a count of an upstream's requests, or a command."""

    SHORT: ClassVar[str] = "request"

    request: Annotated[Request | None, Field(description="As in GET ${api.url}/health.")] = None
    json_body: Annotated[Json, Field(alias="json", description="The body.")] = None
    headers: Annotated[Variables[Templated], Field(default_factory=dict, description="More headers.")]
    status: Annotated[Listed[Status], Field(description="The answers that pass; default: 2xx.")] = ()
    contains: Annotated[Words | None, Field(description="A text in the body of the answer.")] = None
    upstream: Annotated[Fixed | None, Field(description="An upstream that was called.")] = None
    requests: Annotated[Count | None, Field(description="How often by the checks; default: at least once.")] = None
    command: Annotated[SomeLine | None, Field(description="A command that ends with 0.")] = None
    service: Annotated[Fixed | None, Field(description="Where the command runs.")] = None
    environment: Annotated[
        Variables[Templated], Field(default_factory=dict, description="More variables for the command.")
    ]

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request[0] if self.request else "GET"

    @property
    def url(self) -> Template | None:
        """The URL of the request; None where there is none."""
        return self.request[1] if self.request else None

    @property
    def step(self) -> StepModel | None:
        """The command as a step; None where there is none."""
        if not self.command:
            return None
        step = StepModel.model_construct(command=self.command, service=self.service, environment=self.environment)
        return step.placed(self.at)

    @model_validator(mode="after")
    def _one_check(self) -> Self:
        said = self.model_fields_set
        if self.count("request", "upstream", "command") != 1:
            raise mistake("must have exactly one of request:, upstream: and command:")
        if not self.request and said & {"json_body", "headers", "status", "contains"}:
            raise mistake("has json, headers, status or contains, but no request:")
        if not self.upstream and self.requests is not None:
            raise mistake("has requests:, but no upstream: to count them of")
        if not self.command and said & {"service", "environment"}:
            raise mistake("has a service or environment, but no command:")
        return self


class Document(Model):
    """A description, as an editor sees it."""

    version: Annotated[Count, Field(description="The version of this format: 1.")] = 1
    extends: Annotated[Fixed | None, Field(description="Another description this one lies over.")] = None
    name: Annotated[Fixed | None, Field(description="Default: the folder of the repository.")] = None
    services: Annotated[dict[str, ServiceModel], Field(default_factory=dict, description="Under work, run for real.")]
    needs: Annotated[dict[str, WrittenNeed], Field(default_factory=dict, description="Backing services, run for real.")]
    secrets: Annotated[
        dict[str, FileModel], Field(default_factory=dict, description="Files only who refers to them can read.")
    ]
    configs: Annotated[dict[str, FileModel], Field(default_factory=dict, description="Files that are put in place.")]
    upstreams: Annotated[
        dict[str, WrittenUpstream], Field(default_factory=dict, description="Services of others: stubs.")
    ]
    jobs: Annotated[dict[str, StepModel], Field(default_factory=dict, description="Run once, before the services.")]
    smoke: Annotated[Listed[SmokeModel], Field(description="Last checks that it works.")] = ()
