"""Java's archive of the classes of the stub server, with which it starts in half the time."""

from hashlib import sha256
from importlib.resources import files

from localenv.engines import Deployment
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.prepared.preparation import Preparation
from localenv.paths import caches
from localenv.rendering import stub_server
from localenv.stack import Reader

_OPTIONS = "JAVA_OPTS"
_FORMAT = 2  # of the cache


def of(daemon: Daemon, deployment: Deployment, name: str) -> Preparation | None:
    """The archive for its image and options."""
    service = deployment.stack.services[name]
    assert service.image is not None
    image = deployment.resolution.text(service.image, Reader.INSIDE, name)
    return archive(daemon, image, deployment.resolution.environment(service)[_OPTIONS])


def archive(daemon: Daemon, image: str, options: str) -> Preparation:
    """The archive for an image and Java's options."""
    script = (files(__package__) / "classes.sh").read_text()
    about = (_FORMAT, script, daemon.image(image), options)
    return Preparation(
        archive=caches.prepared_files(sha256(repr(about).encode()).hexdigest()[:16]),
        path=stub_server.CLASSES,
        image=image,
        about=f"the classes of {image}, ready for its Java",
        environment={_OPTIONS: options, "LIBRARIES": stub_server.LIBRARIES, "ARCHIVE": stub_server.CLASSES},
        entrypoint=["sh", "-ec", script],
    )
