"""The images that services and needs name."""

from types import SimpleNamespace
from typing import Any, cast

from localenv.engines.compose.engine import BuiltImages
from localenv.stack import Role


def test_ids_are_told_of_the_images_of_services_and_needs_that_are_there() -> None:
    ids = {"api:1": "sha256:a", "postgres:17": "sha256:p"}
    images = {"api": "api:1", "db": "postgres:17", "gone": "gone:1", "built": None}
    services = {name: SimpleNamespace(name=name, image=image) for name, image in images.items()}
    roles = {Role.SERVICE: ("api", "gone", "built"), Role.NEED: ("db",)}
    stack = SimpleNamespace(
        services=services, of=lambda *wanted: [services[one] for role in wanted for one in roles[role]]
    )
    resolution = SimpleNamespace(text=lambda image, *_: image)
    built = BuiltImages(
        daemon=cast(Any, SimpleNamespace(image=lambda name: ids.get(name, ""))), connect=cast(Any, None)
    )

    found = built.named(cast(Any, SimpleNamespace(stack=stack, resolution=resolution)))

    assert found == {"api": "sha256:a", "db": "sha256:p"}
