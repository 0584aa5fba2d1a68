"""Requirements are met, missed or unknown; what was not stated is never a no."""

import datetime as dt

import pytest

from matching import GateState, Holding, Requirement, gates

TODAY = dt.date(2026, 6, 15)
QUALITY = Requirement("quality system", ("AQAP-2110", "ISO 9001"))
GOODS = Requirement("controlled goods", ("CGP",))


def state(requirement: Requirement, *holdings: Holding) -> GateState:
    (gate,) = gates.check([requirement], holdings, TODAY)
    return gate.state


def test_nothing_stated_is_unknown() -> None:
    (gate,) = gates.check([GOODS], [], TODAY)
    assert gate.state is GateState.UNKNOWN
    assert (gate.name, gate.scheme, gate.expires_on) == ("controlled goods", None, None)


def test_another_scheme_says_nothing() -> None:
    assert state(GOODS, Holding("ISO 9001", None, dt.date(2030, 1, 1))) is GateState.UNKNOWN
    assert state(GOODS, Holding("CGP-2")) is GateState.UNKNOWN


@pytest.mark.parametrize(
    ("expires_on", "expected"),
    [
        (dt.date(2030, 1, 1), GateState.PASS),
        (TODAY, GateState.PASS),  # its last day
        (TODAY - dt.timedelta(days=1), GateState.FAIL),
        (None, GateState.PASS),  # held, with no expiry stated
    ],
)
def test_what_is_held_passes_until_it_expires(
    expires_on: dt.date | None, expected: GateState
) -> None:
    (gate,) = gates.check([GOODS], [Holding("CGP", None, expires_on)], TODAY)
    assert (gate.state, gate.scheme, gate.expires_on) == (expected, "CGP", expires_on)


@pytest.mark.parametrize("scheme", ["AQAP-2110", "ISO 9001"])
def test_any_one_of_the_schemes_will_do(scheme: str) -> None:
    (gate,) = gates.check([QUALITY], [Holding(scheme)], TODAY)
    assert (gate.state, gate.scheme) == (GateState.PASS, scheme)


def test_the_best_holding_decides_and_is_named() -> None:
    expired = Holding("AQAP-2110", None, dt.date(2025, 5, 1))
    valid = Holding("ISO 9001", None, dt.date(2027, 5, 1))
    for holdings in ([expired, valid], [valid, expired]):
        (gate,) = gates.check([QUALITY], holdings, TODAY)
        assert (gate.state, gate.scheme) == (GateState.PASS, "ISO 9001")


def test_a_holding_without_expiry_outlasts_an_expired_one() -> None:
    expired = Holding("ISO 9001", None, dt.date(2025, 5, 1))
    for holdings in ([expired, Holding("AQAP-2110")], [Holding("AQAP-2110"), expired]):
        (gate,) = gates.check([QUALITY], holdings, TODAY)
        assert (gate.state, gate.scheme, gate.expires_on) == (GateState.PASS, "AQAP-2110", None)


def test_of_expired_ones_the_latest_is_named() -> None:
    holdings = [
        Holding("ISO 9001", None, dt.date(2024, 1, 1)),
        Holding("AQAP-2110", None, dt.date(2026, 5, 31)),
    ]
    (gate,) = gates.check([QUALITY], holdings, TODAY)
    assert (gate.state, gate.expires_on) == (GateState.FAIL, dt.date(2026, 5, 31))


def test_each_requirement_has_its_gate_in_order() -> None:
    found = gates.check([GOODS, QUALITY], [Holding("ISO 9001")], TODAY)
    assert [gate.name for gate in found] == ["controlled goods", "quality system"]
    assert [gate.state for gate in found] == [GateState.UNKNOWN, GateState.PASS]
    assert gates.check([], [Holding("CGP")], TODAY) == ()


MAKER = Requirement("maker", activities=("manufacturer",))


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        ("manufacturer", GateState.PASS),
        ("distributor", GateState.FAIL),
        ("retailer", GateState.FAIL),
        ("service", GateState.UNKNOWN),  # may make what it designs or repairs
        (None, GateState.UNKNOWN),
    ],
)
def test_who_only_trades_is_not_a_maker(activity: str | None, expected: GateState) -> None:
    (gate,) = gates.check([MAKER], [], TODAY, activity)
    assert (gate.state, gate.activity, gate.scheme) == (expected, activity, None)


def test_a_level_that_is_too_low_fails_and_one_that_is_not_stated_is_unknown() -> None:
    secret = Requirement("facility clearance", ("FSC",), levels=("Secret", "Top Secret"))
    low, high, plain = (Holding("FSC", level) for level in ("Confidential", "Secret", None))
    assert state(secret, low, high) is GateState.PASS
    assert state(secret, low, plain) is GateState.UNKNOWN
    assert state(secret) is GateState.UNKNOWN
    (gate,) = gates.check([secret], [low], TODAY)
    assert (gate.state, gate.level) == (GateState.FAIL, "Confidential")
    expired = Holding("FSC", "Secret", TODAY - dt.timedelta(days=1))
    (gate,) = gates.check([secret], [expired, low], TODAY)
    assert (gate.state, gate.level) == (GateState.FAIL, None)
