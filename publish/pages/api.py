"""The page that describes the API, made from the declarations that the API runs by."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from publish.pages.sheets import Sheet, Site
from publish.serve.api.declare import Column, Endpoint, Parameter
from publish.serve.api.endpoints import ENDPOINTS
from publish.serve.api.openapi import DESCRIPTION, EXAMPLES, read_examples
from publish.serve.api.problem import PAGE, ROOT, SORTS

SHOWN = ("q", "type", "since", "date", "name", "kind")
"""The parameters that stand in the examples of this page, where an address has them."""


@dataclass(frozen=True)
class Described:
    """An endpoint on the page.

    Attributes:
        example: an address that leads to something in the release; empty if nothing is there.
        answers: the columns of the answer; by record type where they depend on it.
    """

    of: Endpoint
    example: str
    answers: list[tuple[str, tuple[Column, ...]]]

    @property
    def parameters(self) -> Iterator[Parameter]:
        """The parameters, that of the path first."""
        return self.of.all_parameters


def api_sheet(site: Site) -> Sheet:
    """The page of the API, with examples that run against this release."""
    headline = site.figures.headline
    period = headline.period if headline else None
    release = {"release": site.manifest["release"], "as_of": site.manifest["as_of"]}
    examples = {**EXAMPLES, **read_examples(site.credit, release, period)}
    context = {
        "root": ROOT,
        "described": DESCRIPTION,
        "address": site.project.address,
        "endpoints": [_described(endpoint, examples) for endpoint in ENDPOINTS],
        "problems": SORTS,
    }
    return Sheet(PAGE, "api.html", context)


def _described(endpoint: Endpoint, examples: dict[str, str | int]) -> Described:
    """An endpoint with its example and its columns."""
    answers = list(endpoint.variants.items()) or [("", endpoint.columns)]
    return Described(endpoint, _example(endpoint, examples), answers)


def _example(endpoint: Endpoint, examples: dict[str, str | int]) -> str:
    """An address of an endpoint that leads to something; empty if there is nothing."""
    path = ROOT + endpoint.path
    if endpoint.inner:
        if endpoint.inner not in examples:
            return ""
        path = path.replace("{" + endpoint.inner + "}", str(examples[endpoint.inner]))
    shown = {p.name: examples[p.name] for p in endpoint.query if p.name in SHOWN}
    return f"{path}?{urlencode(shown)}" if shown else path
