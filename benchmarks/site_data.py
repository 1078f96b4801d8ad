"""The departments of a large fictional city, with the figures that their pages show."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

DISTRICTS = ("云东区", "云西区", "临川区", "望山区", "湖滨新区", "高新区", "江口县", "松溪县")
BUREAUS = (
    ("市场监督管理所", "Market Supervision Office"),
    ("综合行政执法队", "Urban Management & Law Enforcement Team"),
    ("生态环境分局", "Ecology & Environment Branch"),
    ("卫生健康局", "Health Bureau"),
    ("应急管理局", "Emergency Management Bureau"),
)
TYPES = ("licence", "penalty", "other_act")
INDICATORS = (
    "timeliness_rate",
    "late_rate",
    "compliance_rate",
    "omission_rate",
    "coverage",
    "withdrawal_timeliness",
    "objection_timeliness",
    "repair_timeliness",
    "push_timeliness",
    "correction_rate",
    "duplicate_rate",
    "gap_rate",
)
LAST = date(2026, 10, 31)
MONTHS = 24
OVERDUE = 50


def departments(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """So many departments."""
    rng = random.Random(seed)  # noqa: S311 - figures, not secrets
    for place in range(count):
        yield {**_name(place), **_standing(rng, count), **_tables(rng)}


def _name(place: int) -> dict[str, str]:
    """What the department is called."""
    district = DISTRICTS[place % len(DISTRICTS)]
    zh, en = BUREAUS[place // len(DISTRICTS) % len(BUREAUS)]
    number = place // (len(DISTRICTS) * len(BUREAUS)) + 1
    return {
        "code": f"d{place:05}",
        "name_zh": f"云川市{district}第{number}街道{zh}",
        "name_en": f"{en} of Subdistrict No. {number}",
        "district": district,
    }


def _standing(rng: random.Random, count: int) -> dict[str, Any]:
    """The answer at the top of the page."""
    low = rng.randint(1, count)
    return {
        "rate": _rate(rng),
        "low": low,
        "high": min(count, low + rng.randint(0, 40)),
        "ranked": count,
        "overdue": rng.randint(OVERDUE, 1500),
    }


def _tables(rng: random.Random) -> dict[str, Any]:
    """The rows below it."""
    return {
        "indicators": [_indicator(rng, name) for name in INDICATORS],
        "trend": [_month(rng, back) for back in reversed(range(MONTHS))],
        "rows": [_duty(rng) for _ in range(OVERDUE)],
    }


def _indicator(rng: random.Random, name: str) -> dict[str, Any]:
    """An indicator with what it is made of."""
    below, value = rng.randint(100, 20_000), _rate(rng)
    return {"name": name, "value": value, "numerator": int(below * value), "denominator": below}


def _month(rng: random.Random, back: int) -> dict[str, Any]:
    """A month so far back."""
    months = LAST.year * 12 + LAST.month - 1 - back
    due, rate, overdue = rng.randint(20, 3000), _rate(rng), rng.randint(0, 5)
    on_time = int(due * rate)
    return {
        "month": f"{months // 12}-{months % 12 + 1:02}",
        "rate": rate,
        "due": due,
        "on_time": on_time,
        "late": max(0, due - on_time - overdue),
        "overdue": overdue,
    }


def _duty(rng: random.Random) -> dict[str, Any]:
    """A decision that was to be published and is not."""
    due = LAST - timedelta(rng.randint(1, 280))
    return {
        "id": f"{rng.getrandbits(64):016x}",
        "type": rng.choice(TYPES),
        "decided": str(due - timedelta(9)),
        "due": str(due),
        "days": (LAST - due).days * 5 // 7,
    }


def _rate(rng: random.Random) -> float:
    """A rate with three decimals, of which percent show one: no program has to round."""
    return rng.randint(500, 990) / 1000
