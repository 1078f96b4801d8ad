"""How often one address may ask for what has to be looked up."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from publish.pages.render import LANGUAGES
from publish.serve.answer import Scope
from publish.serve.api.problem import covers as asks_api
from publish.serve.tables import covers as asks_tables

MINUTE = 60.0
REMEMBERED = 20_000
"""How many addresses a process remembers; the one that has not asked for longest is forgotten
first, which only ever lets it ask more."""
_NETWORK = 64
"""The bits of an IPv6 address that one household or office has to itself."""
_LOOKED_UP = ("records", "records.csv", "record", "entity", "status")


class Limit:
    """A bucket for each address that holds a minute's requests and runs dry at the same rate.

    Args:
        per_minute: how many requests an address may make in a minute; 0 for any number.
        remembered: how many addresses are remembered at most.
    """

    def __init__(self, per_minute: int, remembered: int = REMEMBERED) -> None:
        self._per_minute, self._remembered = per_minute, remembered
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, scope: Scope, now: float) -> int:
        """How many seconds to wait before asking again; 0 if this request is to be answered.

        Args:
            now: seconds that never go back.
        """
        who = client(scope)
        if not self._per_minute or not who or not is_looked_up(scope["path"]):
            return 0
        return self._take(who, now)

    def _take(self, who: str, now: float) -> int:
        """Counts a request if there is room for it; otherwise how long there will be none."""
        level, since = self._buckets.pop(who, (0.0, now))
        level = max(0.0, level - (now - since) * self._per_minute / MINUTE)
        over = level + 1 - self._per_minute
        self._buckets[who] = (level if over > 0 else level + 1, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return ceil(over * MINUTE / self._per_minute) if over > 0 else 0


def client(scope: Scope) -> str:
    """Whom a request is counted for: an IPv4 address or an IPv6 network; empty if unknown."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return str(host)
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), _NETWORK), strict=False))


def is_looked_up(path: str) -> bool:
    """Whether an answer is made on request; generated pages and files only have to be sent."""
    first, _, rest = path[1:].partition("/")
    inner = f"/{rest}" if first in LANGUAGES else path
    return asks_api(path) or asks_tables(inner) or inner[1:].partition("/")[0] in _LOOKED_UP
