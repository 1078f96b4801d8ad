"""Templates compiled our way say what Jinja's own make of them."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import escape

from publish.pages.compile import DirectEnvironment, text

TEMPLATES = {
    "parts.html": "{% macro n(value, sum='') %}<a{% if sum %} title='{{ sum }}'{% endif %}>"
    "{{ value }}</a>{% endmacro %}"
    "{% macro box(id) %}<div id={{ id }}>{{ caller() }}</div>{% endmacro %}",
    "part.html": "{{ row }}{% for letter in name %}{{ letter }}{% else %}none{% endfor %}",
    "layout.html": "<title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}",
    "page.html": "{% extends 'layout.html' %}{% import 'parts.html' as m with context %}"
    "{% block title %}{{ name }}{% endblock %}"
    "{% block main %}{{ super() }}{% set own = name ~ '<' %}"
    "{% for row in rows %}{{ loop.index }}{{ m.n(row, sum=name) }}{{ loop.cycle('&', '>') }}"
    "{% endfor %}{% call m.box(name) %}{{ own }}{{ m.n(*rows[:1]) }}{% endcall %}"
    "{{ join(name, *rows, **{'end': own}) }}{{ join(end=name) }}{{ name | upper }}"
    "{% for row in rows if row %}{% include 'part.html' %}{% for other in rows %}"
    "{{ loop.index0 }}{% set own = other %}{{ own }}{% endfor %}"
    "{% block inner scoped %}{{ row }}{% endblock %}{% endfor %}"
    "{% for row in nested recursive %}{{ row[0] }}<i>{{ loop(row[1]) }}</i>{% endfor %}"
    "{% set kept %}{{ name }}{% endset %}{{ kept }}{% endblock %}",
}
NESTED: list[Any] = [("a", [("<", []), ("b", [])]), ("c", [])]
SHOWN = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.dates())


def join(*parts: object, end: object = "") -> str:
    """What a template calls."""
    return "".join(map(str, (*parts, end)))


def rendered(kind: type[Environment], context: Mapping[str, Any]) -> str:
    """The page by one of both."""
    environment = kind(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render(context, join=join, nested=NESTED)


@given(SHOWN | st.text().map(escape))
def test_what_is_put_out_is_escaped(value: object) -> None:
    """Any value is on the page as Jinja would have put it there; what is escaped, only once."""
    assert text(value) == escape(value)


@given(st.text(), st.lists(SHOWN, min_size=1))
def test_pages_are_the_same(name: str, rows: list[Any]) -> None:
    """Blocks, macros, loops and calls make the same page."""
    context = {"name": name, "rows": rows}
    assert rendered(DirectEnvironment, context) == rendered(Environment, context)
