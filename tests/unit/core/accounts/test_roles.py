"""Who may do what."""

from __future__ import annotations

import pytest

from kiosk.core.accounts.acting import SYSTEM, VISITOR, Actor, Role, acting_as
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import PERMITTED, Action, carried_by, may, program, require, signs_in
from kiosk.core.errors import NotPermitted

OLGA = Actor("operator:olga", Role.OPERATOR)
ADA = Actor("operator:ada", Role.ADMINISTRATOR)
FOR_ADMINISTRATORS = {
    Action.THRESHOLD,
    Action.MODEL,
    Action.SETTINGS,
    Action.ACCOUNTS,
    Action.API_KEYS,
    Action.KEYS,
    Action.BACKUP,
    Action.DELETE_BACKUPS,
    Action.RETENTION,
    Action.EXPORT_AUDIT,
    Action.ERASE_EVERYBODY,
}


def test_every_role_is_in_the_table() -> None:
    assert set(PERMITTED) == set(Role)


def test_a_visitor_may_be_verified_and_nothing_else() -> None:
    assert PERMITTED[Role.VISITOR] == {Action.VERIFY}


def test_what_is_left_to_administrators() -> None:
    assert PERMITTED[Role.ADMINISTRATOR] - PERMITTED[Role.OPERATOR] == FOR_ADMINISTRATORS


def test_each_role_may_what_the_one_below_may() -> None:
    assert PERMITTED[Role.VISITOR] < PERMITTED[Role.OPERATOR] < PERMITTED[Role.ADMINISTRATOR]


def test_no_person_reads_voiceprints() -> None:
    assert not any(Action.VOICEPRINTS in actions for actions in PERMITTED.values())


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("actor", [VISITOR, OLGA, ADA, SYSTEM], ids=lambda actor: actor.role)
def test_what_the_table_says_is_enforced(actor: Actor, action: Action) -> None:
    with acting_as(actor):
        if action in PERMITTED[actor.role]:
            require(action)
        else:
            with pytest.raises(NotPermitted, match=action.value):
                require(action)


def test_who_says_nothing_is_a_visitor() -> None:
    with acting_as(VISITOR), pytest.raises(NotPermitted) as told:
        require(Action.ENROLL)
    assert "Sign in" in told.value.hint


@pytest.mark.parametrize("right", Right)
def test_a_program_has_its_rights_and_no_more(right: Right) -> None:
    key = program("abc", carried_by({right}))
    assert key.name == "program:abc"
    for action in Action:
        assert may(action, key) == (action in carried_by({right}))
    others = set(Right) - {right, Right.ADMIN}
    if right is not Right.ADMIN:
        assert not carried_by({right}) & carried_by(others)


def test_the_right_to_everything_is_not_the_right_to_voiceprints() -> None:
    admin = carried_by({Right.ADMIN})
    assert Action.VOICEPRINTS not in admin
    assert admin == carried_by(set(Right) - {Right.ADMIN, Right.VOICEPRINTS})
    assert Action.VOICEPRINTS in carried_by({Right.ADMIN, Right.VOICEPRINTS})


def test_no_program_changes_accounts_keys_or_thresholds() -> None:
    never = FOR_ADMINISTRATORS - {Action.ERASE_EVERYBODY}
    assert not carried_by(Right) & never


def test_what_a_program_may_not_names_it() -> None:
    with acting_as(program("abc", carried_by({Right.VERIFY}))):
        require(Action.IDENTIFY)
        with pytest.raises(NotPermitted, match="program:abc"):
            require(Action.ENROLL)


def test_two_roles_sign_in() -> None:
    assert [role for role in Role if signs_in(role)] == [Role.OPERATOR, Role.ADMINISTRATOR]
