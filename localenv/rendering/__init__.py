"""Render a stack to the files of a Compose project; the same description gives the same bytes."""

from localenv.rendering.dotenv import dotenv
from localenv.rendering.hidden import symbols as hidden_symbols
from localenv.rendering.hidden import values as hidden_values
from localenv.rendering.mounts import (
    STEPS,
    file_names,
    mounted,
    mounts,
    named_volumes,
    relative,
    step_folder,
    volume_names,
)
from localenv.rendering.places import ContainersPlace, container_path, escaped, inside, raw_value, symbolic
from localenv.rendering.views import Ejected, image_name, view

__all__ = [
    "STEPS",
    "ContainersPlace",
    "Ejected",
    "container_path",
    "dotenv",
    "escaped",
    "file_names",
    "hidden_symbols",
    "hidden_values",
    "image_name",
    "inside",
    "mounted",
    "mounts",
    "named_volumes",
    "raw_value",
    "relative",
    "step_folder",
    "symbolic",
    "view",
    "volume_names",
]
