import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.rendering import templating

ENDLESS = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "doubling": "{% set x = namespace(a='a') %}{% for a in range(60) %}{% set x.a = x.a ~ x.a %}{% endfor %}",
    "product": "{{ ('a' * 9999999999) | length | yaml }}",
    "power": "{{ (9 ** (9 ** 9)) | yaml }}",
    "itself": "{% include 'a.j2' %}",
    "deep": "{{ " + "not " * 3000 + "1 }}",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_template_that_never_ends_is_refused_with_a_reason(name: str, repository: Callable[..., Path]) -> None:
    folder = repository({"envs/templates/a.j2": ENDLESS[name]})
    began = time.process_time()
    with pytest.raises(templating.RenderingError, match=r"more time or memory|deeply|recursion"):
        templating.render("a.j2", {}, folder)
    assert time.process_time() - began < 30
