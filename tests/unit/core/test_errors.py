from __future__ import annotations

import re

import pytest

from kiosk.core import errors
from kiosk.core.errors import KioskError, ModelMissing, OperatorFixable, UserFixable


def kinds(base: type[KioskError] = KioskError) -> list[type[KioskError]]:
    """Return all errors below one."""
    return [kind for sub in base.__subclasses__() for kind in (sub, *kinds(sub))]


FAMILIES = {KioskError, UserFixable, OperatorFixable}


def test_every_error_has_a_code_of_its_own() -> None:
    named = [
        kind for kind in kinds() if kind not in FAMILIES and kind.__module__ == errors.__name__
    ]
    codes = [kind.code for kind in named]
    assert len(codes) > 20
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]{2,3}-\d{3}", code) for code in codes)


def test_the_hint_follows_the_message() -> None:
    assert str(ModelMissing("It is gone.", hint="Look.")) == "It is gone. Look."
    assert str(ModelMissing("It is gone.", hint="")) == "It is gone."
    assert ModelMissing("It is gone.").hint == ModelMissing.default_hint


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_hints_are_sentences(kind: type[KioskError]) -> None:
    assert kind.default_hint == "" or re.fullmatch(r"[A-Z].*[.':]", kind.default_hint)
