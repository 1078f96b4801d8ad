"""How often an address may ask."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.serve.limit import MINUTE, Limit, client, is_looked_up


def asked(host: str = "192.0.2.1", path: str = "/records") -> dict[str, Any]:
    """A request."""
    return {"path": path, "client": (host, 1)}


@given(
    st.integers(1, 60),
    st.lists(st.floats(0, 90, allow_nan=False), max_size=200),
)
def test_a_minute_s_worth_and_the_rate(per_minute: int, pauses: list[float]) -> None:
    """In no stretch of time are more answered than a minute's worth and what it allows by rate.

    Whoever waits as long as told is answered, and nobody is turned away who keeps to the rate.
    """
    limit, now, answered = Limit(per_minute), 1000.0, []
    for pause in pauses:
        now += pause
        wait = limit.wait(asked(), now)
        if not wait:
            answered.append(now)
            continue
        assert 1 <= wait <= MINUTE / per_minute + 1
        now += wait
        assert limit.wait(asked(), now) == 0
        answered.append(now)
    for place, first in enumerate(answered):
        for count, last in enumerate(answered[place:], start=1):
            assert count <= per_minute + (last - first) * per_minute / MINUTE + 1e-6


@given(st.integers(1, 1000), st.integers(1, 300))
def test_whoever_keeps_to_the_rate_is_never_turned_away(per_minute: int, requests: int) -> None:
    """A request each time that one more is allowed, and a minute's worth at the beginning."""
    limit = Limit(per_minute)
    first = [limit.wait(asked(), 0.0) for _ in range(per_minute)]
    after = [limit.wait(asked(), (n + 1) * 1.001 * MINUTE / per_minute) for n in range(requests)]
    assert not any(first)
    assert not any(after)
    assert limit.wait(asked(), requests * 1.001 * MINUTE / per_minute) in range(1, 62)


def test_addresses_are_counted_apart_and_forgotten_in_turn() -> None:
    """An address does not use up another's; only so many are remembered, the latest."""
    limit = Limit(1, remembered=2)
    assert [limit.wait(asked(host), 0.0) for host in ("a", "b", "a", "b")] == [0, 0, 60, 60]
    assert limit.wait(asked("c"), 0.0) == 0
    assert limit.wait(asked("b"), 0.0) == 60
    assert limit.wait(asked("a"), 0.0) == 0
    assert len(limit._buckets) == 2


def test_being_turned_away_costs_nothing() -> None:
    """Whoever goes on asking is answered as soon as whoever waited."""
    limit = Limit(2)
    moments = (50.0, 50.0, 50.0, 60.5, 79.5, 80.5)
    assert [limit.wait(asked(), now) for now in moments] == [0, 0, 30, 20, 1, 0]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_who_is_counted(host: str, counted: str) -> None:
    """An IPv4 address by itself, all of an IPv6 network together."""
    assert client(asked(host)) == counted


def test_nobody_known_is_not_counted() -> None:
    """Through a local socket all would be one and the same."""
    limit = Limit(1)
    assert {limit.wait({"path": "/records", "client": None}, 0.0) for _ in range(9)} == {0}


@pytest.mark.parametrize(
    ("path", "looked_up"),
    [
        ("/records", True),
        ("/en/records.csv", True),
        ("/record/1", True),
        ("/en/entity/1", True),
        ("/status/", True),
        ("/credit/licence.json", True),
        ("/en/monitor", True),
        ("/-/versions", True),
        ("/api/v1/suggest", True),
        ("/", False),
        ("/en/", False),
        ("/api/", False),
        ("/league/2026Q3/", False),
        ("/recordings", False),
        ("/downloads/credit.db", False),
        ("/static/site.1a2b3c4d.css", False),
    ],
)
def test_what_is_counted(path: str, looked_up: bool) -> None:
    """What is made on request, in either language; no page or file that is there already."""
    assert is_looked_up(path) is looked_up
