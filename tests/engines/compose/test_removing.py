"""Removal by label."""

import time

import pytest
import requests
from docker.errors import APIError

from localenv.engines.compose import removing
from localenv.errors import EngineError


class Busy:
    """Docker while somebody else's removal of a container takes its time."""

    def __init__(self, seconds):
        self.api = self
        self.end = time.monotonic() + seconds

    def containers(self, **asked):
        labels = {"dev.localenv.role": "need"}
        return [{"Id": "1", "State": "removing", "Labels": labels}] if time.monotonic() < self.end else []

    def networks(self, **asked):
        return []

    def volumes(self, **asked):
        return {"Volumes": None}

    def remove_container(self, *asked, **options):
        refused = requests.Response()
        refused.status_code = 409
        raise APIError("removal of container 1 is already in progress", response=refused)


def test_what_somebody_else_is_removing_is_waited_for():
    began = time.monotonic()
    removing.environment(Busy(0.5), "orders-local-0123ab", data=False)
    assert 0.5 <= time.monotonic() - began < 30


def test_what_never_goes_is_an_error_that_names_the_environment(monkeypatch):
    monkeypatch.setattr(removing, "_LONGEST_PAUSE", 0.01)
    with pytest.raises(EngineError, match="orders-local-0123ab cannot be removed"):
        removing.environment(Busy(60), "orders-local-0123ab", data=False)
