"""The contract of the API: what is kept of it, and that its description is OpenAPI."""

import orjson
from openapi_spec_validator import validate

from publish.serve.api.endpoints import ENDPOINTS
from publish.serve.api.openapi import DESCRIPTION, describe
from publish.serve.api.problem import ROOT, SORTS
from tests.contract import KEPT, promised

HELP = "a decision: if it only adds, keep it with 'python -m tests.contract'"


def kept() -> dict[str, str]:
    """The contract as it was decided."""
    found: dict[str, str] = orjson.loads(KEPT.read_bytes())
    return found


def test_nothing_kept_changes() -> None:
    """No name goes away and no type changes: programs rely on them."""
    now = promised()
    changed = {
        name: (told, now.get(name)) for name, told in kept().items() if now.get(name) != told
    }
    assert not changed, HELP


def test_nothing_is_added_unseen() -> None:
    """What is added is added to the kept copy as well, since it can never be taken back."""
    assert set(promised()) == set(kept()), HELP


def test_description_is_openapi() -> None:
    """The description is valid OpenAPI 3.1, with and without values from a release."""
    validate(describe(ENDPOINTS, {}))
    validate(describe(ENDPOINTS, {"record_id": "abc", "period": "2026Q3"}))


def test_every_endpoint_of_the_specification_is_there() -> None:
    """All addresses that the API is known by are declared."""
    addresses = {
        "/records",
        "/records/{record_id}",
        "/entities/{uscc}",
        "/departments",
        "/departments/{code}",
        "/indicators",
        "/league/{period}",
        "/lists",
        "/lists/{list_id}",
        "/feedback",
        "/changes",
        "/releases",
        "/releases/{release}",
        "/deadline",
        "/suggest",
    }
    described = describe(ENDPOINTS, {})["paths"]
    assert set(described) == {ROOT + path for path in addresses} | {DESCRIPTION}


def test_everything_is_described() -> None:
    """Every parameter, column and sort of problem says in both languages what it is."""
    for endpoint in ENDPOINTS:
        variants = [c for columns in endpoint.variants.values() for c in columns]
        told = [(p.name, p.zh, p.en) for p in endpoint.query]
        told += [(c.name, c.zh, c.en) for c in (*endpoint.columns, *endpoint.meta, *variants)]
        for name, zh, en in told:
            assert zh and en, (endpoint.name, name)
    assert all(sort.zh and sort.en for sort in SORTS.values())


def test_names_are_told_apart() -> None:
    """No two endpoints have one name or one address."""
    assert len({e.name for e in ENDPOINTS}) == len({e.path for e in ENDPOINTS}) == len(ENDPOINTS)
