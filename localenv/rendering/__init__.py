"""Render a stack to the files of a Compose project; the same description gives the same bytes."""

from localenv.rendering.dotenv import dotenv
from localenv.rendering.hidden import symbols as hidden_symbols
from localenv.rendering.hidden import values as hidden_values
from localenv.rendering.views import (
    STEPS,
    Ejected,
    container_path,
    escaped,
    file_names,
    image_name,
    inside,
    mounted,
    mounts,
    named_volumes,
    raw_value,
    relative,
    step_folder,
    symbolic,
    view,
    volume_names,
)

__all__ = [
    "STEPS",
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
