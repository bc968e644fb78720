"""Registration of the JSON API: no module's routes exist because another module happens to import it."""

from __future__ import annotations

import pkgutil

from webapp.web import api

HELPERS = {"request"}


def test_every_module_of_the_api_is_registered_by_name() -> None:
    modules = {found.name for found in pkgutil.iter_modules(api.__path__)} - HELPERS
    assert {noun.__name__.rpartition(".")[2] for noun in api.NOUNS} == modules


def test_every_registered_module_adds_routes_of_its_own() -> None:
    assert all(noun.routes.deferred_functions for noun in api.NOUNS)
    assert len({noun.routes.name for noun in api.NOUNS}) == len(api.NOUNS)
