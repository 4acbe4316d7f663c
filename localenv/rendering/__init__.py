"""A stack as the files of a Compose project; the same description gives the same bytes."""

from localenv.rendering.dotenv import content_variable, dotenv
from localenv.rendering.templating import RenderingError, render
from localenv.rendering.views import Ejected, container_path, file_names, image_name, view

__all__ = [
    "Ejected",
    "RenderingError",
    "container_path",
    "content_variable",
    "dotenv",
    "file_names",
    "image_name",
    "render",
    "view",
]
