"""One attempt of each fault of `make chaos` (tests/chaos/chaos.py says what must hold)."""

from __future__ import annotations

import importlib.util
import random
from typing import Any

import pytest
from program import ROOT


def _chaos() -> Any:
    spec = importlib.util.spec_from_file_location("chaos", ROOT / "tests" / "chaos" / "chaos.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHAOS = _chaos()


@pytest.mark.parametrize("fault", CHAOS.FAULTS, ids=lambda fault: str(fault.__name__))
def test_what_must_hold_holds_after(fault: Any) -> None:
    try:
        fault(random.Random(0)).close()
    except CHAOS.CannotTry as reason:
        pytest.skip(str(reason))
