"""The examples in the docstrings of the coverage engine are true."""

import doctest
import importlib
import pkgutil

import pytest

import gis.coverage

MODULES = sorted(module.name for module in pkgutil.iter_modules(gis.coverage.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_when_run_give_what_they_say(name):
    module = importlib.import_module(f"gis.coverage.{name}")
    found = doctest.testmod(module)
    assert found.failed == 0
    assert found.attempted > 0 or name == "sweep_numba"
