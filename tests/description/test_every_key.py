"""No key is forgotten: wherever a text may contain a reference, a wrong one is refused with its position."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

import pytest

from localenv import planner
from localenv.description.loading import load
from localenv.description.model import Model
from localenv.description.models import (
    FileModel,
    NeedModel,
    ServiceModel,
    SmokeModel,
    StepModel,
    UpstreamModel,
)
from localenv.errors import DescriptionError
from localenv.stack import Mark, Stack, templates, walk

Path = tuple[str | int, ...]

# other keys that may be required beside a key
BESIDE: dict[str, list[dict[str, Any]]] = {
    "ServiceModel": [{"image": "a", "port": 80}, {"build": "..", "port": 80}, {}],
    "BuildModel": [{"context": ".."}],
    "SetupModel": [{"command": "make"}, {}],
    "EnvFileModel": [{}],
    "PortModel": [{"port": 7}],
    "HealthcheckModel": [{}, {"http": "/"}],
    "NeedModel": [{"postgres": "17"}, {"redis": "8"}],
    "StepModel": [{"service": "api"}, {"service": "api", "command": "make"}, {"file": "../seed.sql"}],
    "SmokeModel": [
        {},
        {"request": "GET http://localhost"},
        {"command": "make", "service": "api"},
        {"upstream": "mine"},
    ],
}
FORMS = {
    "text": lambda text: text,
    "list": lambda text: ["word", text],
    "items": lambda text: [text],
    "mapping": lambda text: {"VARIABLE": text},
    "assignments": lambda text: [f"VARIABLE={text}"],
    "request": lambda text: f"GET http://localhost/{text}",
}
LITERAL = {
    ("ServiceModel", "compose"): "Compose's own keys are handed on as they are",
    ("BuildModel", "dockerfile_inline"): "a Dockerfile has variables of its own",
    ("SmokeModel", "contains"): "is compared as it is",
}


@dataclass(frozen=True)
class Place:
    """A key of a model, and the model's path in a description; `beside` holds other keys to set."""

    model: type[Model]
    path: Path
    key: str
    beside: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        return ".".join(map(str, (*self.path, self.key)))


def places(model: type[Model], path: Path) -> Iterator[Place]:
    for name, member in model.model_fields.items():
        inner = inner_model(member.annotation)
        if inner is not None:
            yield from places(inner, (*path, name))
        yield Place(model, path, member.alias or name, tuple(BESIDE.get(model.__name__, [{}])))


def inner_model(annotation: Any) -> type[Model] | None:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((found for one in get_args(annotation) if (found := inner_model(one))), None)


PLACES = [
    *places(ServiceModel, ("services", "api")),
    *places(NeedModel, ("needs", "db")),
    *places(StepModel, ("jobs", "job")),
    *places(FileModel, ("secrets", "secret")),
    *places(FileModel, ("configs", "config")),
    *places(UpstreamModel, ("upstreams", "mine")),
    *places(SmokeModel, ("smoke", 0)),
]
TEXTS = [one for one in PLACES if (one.model.__name__, one.key) not in LITERAL]


@pytest.fixture
def loaded(tmp_path):
    """The mistakes of a description in which a key is set; without any, the description itself."""
    (tmp_path / "envs").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "seed.sql").write_text("")

    def tell(place: Place, beside: dict[str, Any], value: Any) -> Any:
        file = tmp_path / "envs/local.yaml"
        whole = document(place, {**beside, place.key: value})
        file.write_text(json.dumps(whole, indent=1))  # is YAML as well; thousands of them are written
        try:
            return load(file, repository=tmp_path)
        except DescriptionError as error:
            return error.problems

    return tell


def document(place: Place, content: dict[str, Any]) -> dict[str, Any]:
    """A description with these keys at a place, and everything required around it."""
    for part in reversed(place.path[2:]):
        content = {str(part): content}
    section, name = place.path[:2]
    whole: dict[str, Any] = {
        "services": {"api": {"image": "a", "port": 80}, "worker": {"image": "a"}},
        "upstreams": {"mine": {}, "theirs": {}},
        "jobs": {"first": {"command": "make", "service": "worker"}},
    }
    if len(place.path) > 2:
        content = {**AROUND.get((str(section), str(place.path[2])), {}), **content}
    if section == "smoke":
        return {**whole, "smoke": [content]}
    return {**whole, str(section): {**whole.get(str(section), {}), str(name): content}}


AROUND: dict[tuple[str, str], dict[str, Any]] = {
    **{("services", key): {"image": "a", "port": 80} for key in ("healthcheck", "native", "env_file")},
    **{("needs", key): {"postgres": "17"} for key in ("migrate", "seed")},
}


def times_named(stack: Stack, name: str) -> int:
    return sum(spot.mark is Mark.NAME and spot.value == name for spot in walk(stack))


def forms(loaded: Any, place: Place) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """The keys to set beside a key, its values with a text that contains `${env.MARK}`, and the description."""
    for beside, form in product(place.beside, FORMS.values()):
        found = loaded(place, beside, form("${env.MARK}"))
        if not isinstance(found, tuple | list):
            yield beside, form, found


@pytest.mark.parametrize("place", TEXTS, ids=str)
def test_a_reference_arrives_in_the_stack_and_a_wrong_one_is_refused_where_it_stands(loaded, place):
    for beside, form, found in forms(loaded, place):
        assert "MARK" in {reference.attribute for one in templates(planner.plan(found)) for reference in one.references}

        problems = loaded(place, beside, form("${nowhere.url}"))
        assert isinstance(problems, tuple | list), "a reference to nothing is accepted"
        assert any("${nowhere.url}" in one.message and one.at and one.at.line > 1 for one in problems)


@pytest.mark.parametrize(
    "place", [one for one in TEXTS if one.path[0] == "jobs" or one.path[2:] == ("migrate",)], ids=str
)
def test_a_step_that_says_something_else_is_another(loaded, place):
    for beside, form, _ in forms(loaded, place):
        one, other = (planner.plan(loaded(place, beside, form(f"${{env.{name}}}"))).jobs for name in ("ONE", "OTHER"))

        assert [job.digest for job in one] != [job.digest for job in other]


OTHERS = ("worker", "theirs", "first")
NAMING = {
    "services.api.depends_on": "worker",
    "needs.db.migrate.service": "worker",
    "needs.db.seed.service": "worker",
    "jobs.job.service": "worker",
    "jobs.job.depends_on": "first",
    "smoke.0.upstream": "theirs",
    "smoke.0.service": "worker",
}


@pytest.mark.parametrize("place", TEXTS, ids=str)
def test_a_wrong_name_is_refused_where_it_stands(loaded, place):
    """A key refers to a name if its value is a name in the stack."""
    names = set()
    for beside, form in product(place.beside, FORMS.values()):
        before = loaded(place, beside, form("nowhere"))
        for name in OTHERS:
            found = loaded(place, beside, form(name))
            if isinstance(found, tuple | list):
                continue
            if isinstance(before, tuple | list):
                names.add(name)
                assert any("nowhere" in one.message and one.at and one.at.line > 1 for one in before)
            else:
                assert times_named(planner.plan(found), name) == times_named(planner.plan(before), name)

    assert names == ({NAMING[str(place)]} if str(place) in NAMING else set())


def test_the_keys_that_take_references_are_found(loaded):
    expected = {
        "services.api.environment",
        "services.api.labels",
        "services.api.build.args",
        "services.api.native.setup.command",
        "services.api.healthcheck.command",
        "needs.db.password",
        "needs.db.migrate.command",
        "jobs.job.environment",
        "configs.config.content",
        "smoke.0.request",
        "smoke.0.json",
    }

    assert expected == {str(one) for one in TEXTS if str(one) in expected and any(True for _ in forms(loaded, one))}
