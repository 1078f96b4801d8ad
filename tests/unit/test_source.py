"""Source files: what they may say, and that what is wrong in one is named."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.errors import UsageError
from publish.handin.source import Source, Split, load_source
from tests.unit.handed import ROOT, layout

GOOD = """
name = "letters"
record_type = "penalty"

[columns]
"Letter date" = "decision_date"
"Office" = ["authority", "source"]

[dates]
decision_date = "%m/%d/%Y"

[units]
fine = "yuan"

[codes.status]
closed = "3"

[codes.penalty_kind]
letter = "其他-Warning letter"

[extract.document_no]
from = "url"
pattern = "([^/]+)$"

[absent]
uscc = "firms abroad have none"
"""


def write(folder: Path, text: str) -> Path:
    """A source file."""
    path = folder / "source.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_source_is_read(tmp_path: Path) -> None:
    """Everything that a source can say is understood."""
    source = load_source(write(tmp_path, GOOD))
    assert source.fields_of("Office") == ("authority", "source")
    assert source.mapped == ["decision_date", "authority", "source"]
    assert source.extract["document_no"].heading == "url"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("colour = 'red'", "colour"),
        ("[constants]\nshoe_size = '44'", "no field 'shoe_size'"),
        ("[constants]\nsource = 'x'", "source: filled in more than one way"),
        ("[dates]\nfine = 'roc'", "dates: fine is no date"),
        ("[dates]\nvalid_to = '%m/%Y'", "does not hold year, month and day"),
        ("[units]\nauthority = 'yuan'", "units: authority is no number"),
        ("[units]\nconfiscated = 'pound'", "units.confiscated"),
        ("[codes.status]\nclosed = '9'", "status has no value '9'"),
        ("[codes.facts]\na = 'b'", "facts has no code list"),
        ("[extract.facts]\nfrom = 'a'\npattern = '['", "the pattern is wrong"),
        ("[extract.facts]\nfrom = 'a'\npattern = 'a'", "exactly one group"),
        ("[extract.facts]\nfrom = 'a'\ntemplate = 'x'", "the template needs {}"),
        ("[absent]\nfacts = ''", "absent.facts"),
        ("[split.A]\nseparator = ''\nfields = ['facts', 'remark']", "split.A.separator"),
        ("[split.A]\nseparator = '/'\nfields = ['facts']", "split.A.fields"),
        ("[split.A]\nseparator = '/'\nfields = ['facts', 'nothing']", "no field 'nothing'"),
        ("[split.A]\nseparator = '/'\nfields = ['facts', 'source']", "more than one way"),
        ("header_row = 0", "headers: needed"),
        ("header_row = 11", "header_row"),
        ("encoding = 'klingon'", "unknown encoding"),
        ("minimum_rows = -1", "minimum_rows"),
        ("name = 'Big Name'", "name"),
    ],
)
def test_what_is_wrong_is_named(line: str, reason: str, tmp_path: Path) -> None:
    """The file, the key and the reason stand in the error."""
    text = line if line.startswith("name") else f"name = 'x'\n{line}"
    if line.startswith("["):
        text = f"name = 'x'\nrecord_type = 'penalty'\n[columns]\nOffice = 'source'\n{line}"
    with pytest.raises(UsageError) as caught:
        load_source(write(tmp_path, text))
    assert "source.toml" in caught.value.zh
    assert reason in caught.value.en


def test_fields_need_a_record_type(tmp_path: Path) -> None:
    """Fields cannot be named before it is said of what."""
    with pytest.raises(UsageError, match="record_type"):
        load_source(write(tmp_path, "name = 'x'\n[columns]\nA = 'facts'"))


@pytest.mark.parametrize("text", ["name = ", "\x00", "name = 'x"])
def test_what_is_not_toml_is_named(text: str, tmp_path: Path) -> None:
    """A file that is not TOML is an error with its name."""
    with pytest.raises(UsageError, match=r"source\.toml"):
        load_source(write(tmp_path, text))


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    """A source that does not exist is an error that says where sources lie."""
    with pytest.raises(UsageError, match=r"nothing\.toml"):
        load_source(tmp_path / "nothing.toml")


def test_a_field_may_be_mapped_and_sometimes_absent() -> None:
    """A column that is often blank is mapped and declared absent with the reason."""
    source = Source.model_validate(
        {
            "name": "x",
            "record_type": "penalty",
            "columns": {"code": "uscc"},
            "absent": {"uscc": "often not known"},
        }
    )
    assert source.mapped == ["uscc"]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("甲/乙", ["甲", "乙"]),
        ("甲／乙", ["甲", "乙"]),
        ("/乙", ["", "乙"]),
        ("甲", [None, None]),
        ("a/b/c", [None, None]),
    ],
)
def test_a_split_takes_each_part(cell: str, parts: list[str | None]) -> None:
    """Each field is its part of the cell; a cell with more or fewer parts matches nothing."""
    split = Split(separator="/", fields=("party_name", "uscc"))
    found = [re.search(one.pattern, cell) for _, one in split.extracts("当事人")]
    assert [match and match[1] for match in found] == parts


@given(st.lists(st.text("甲a|^$.*", max_size=4), min_size=2, max_size=5), st.sampled_from("/|.^"))
def test_any_separator_parts_any_cells(parts: list[str], separator: str) -> None:
    """What is joined by a separator that is in no part comes apart again."""
    parts = [part.replace(separator, "") for part in parts]
    split = Split(separator=separator, fields=tuple(f"f{n}" for n in range(len(parts))))
    found = [re.search(e.pattern, separator.join(parts)) for _, e in split.extracts("A")]
    assert [match and match[1] for match in found] == parts


FOLDER = "kind = 'folder'\npath = 'share'\n"
SQL = "kind = 'sql'\nurl_env = 'TAX_URL'\nquery = 'SELECT * FROM a'\n"
HTTP = "kind = 'http'\nurl = 'https://tax.example/'\n"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("", "Unable to extract tag using discriminator 'kind'"),
        ("kind = 'ftp'", "'ftp' found using 'kind'"),
        (FOLDER + "colour = 'red'", "fetch.folder.colour"),
        (FOLDER + "every = 'now and then'", "fetch.folder.every: Value error, write a rhythm"),
        (FOLDER + "quiet = '2'", "fetch.folder.quiet: Value error, write a length of time"),
        (FOLDER + "pattern = '/etc/*'", "fetch.folder.pattern"),
        (SQL + "url_file = 'secret'", "either url_env or url_file"),
        (SQL.replace("url_env = 'TAX_URL'", ""), "either url_env or url_file"),
        (SQL + "url = 'postgresql://u:secret-words@h/d'", "fetch.sql.url"),
        (SQL.replace("'TAX_URL'", "'postgresql://u:secret-words@h/d'"), "not the secret itself"),
        (SQL.replace("FROM a", "FROM a WHERE b > :sinse"), ":sinse is not known"),
        (SQL + "timeout = 0", "fetch.sql.timeout"),
        (HTTP.replace("https", "ftp"), "url: it must begin"),
        (HTTP.replace("tax.", "u:secret-words@tax."), "no user or password here"),
        (HTTP + "headers = { Authorization = 'secret-words' }", "belongs in headers_env"),
        (HTTP + "headers_env = { Authorization = 'secret-words' }", "not the secret itself"),
        (HTTP + "format = 'csv'\nrecords = 'data'", "for JSON only"),
        (HTTP + "encoding = 'klingon'", "unknown encoding"),
        (HTTP + "[fetch.paging]\nby = 'luck'", "'luck' found using 'by'"),
        (HTTP + "[fetch.paging]\nby = 'cursor'", "fetch.http.paging.cursor.next"),
    ],
)
def test_what_is_wrong_about_fetching_is_named(lines: str, reason: str, tmp_path: Path) -> None:
    """The key and the reason stand in the error, and no secret that was put there by mistake."""
    with pytest.raises(UsageError) as caught:
        load_source(write(tmp_path, f"name = 'x'\n[fetch]\n{lines}"))
    assert reason in caught.value.en
    assert "secret-words" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "every"), [(FOLDER, "10 minutes"), (SQL, "day at 02:30"), (HTTP, "day at 02:30")]
)
def test_each_kind_has_a_rhythm(lines: str, every: str, tmp_path: Path) -> None:
    """A folder is looked into often, anything else is asked at night."""
    fetch = load_source(write(tmp_path, f"name = 'x'\n[fetch]\n{lines}")).fetch
    assert fetch is not None
    assert fetch.every == every


def test_what_is_fetched_has_no_encoding_of_its_own(tmp_path: Path) -> None:
    """Rows of a database are written down in UTF-8, so another encoding would misread them."""
    with pytest.raises(UsageError, match="leave it out"):
        load_source(write(tmp_path, f"name = 'x'\nencoding = 'big5'\n[fetch]\n{SQL}"))


EXAMPLES = re.findall(
    r"```toml\n(.*?)```", (ROOT / "docs/how-to/sources.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize("kind", ["sql", "http", "folder"])
def test_the_examples_of_the_documentation_are_right(kind: str, tmp_path: Path) -> None:
    """Each kind has an example, and it can be loaded as it stands."""
    sources = [load_source(write(tmp_path, text)) for text in EXAMPLES]
    assert [str(s.fetch.kind) for s in sources if s.fetch].count(kind) == 1


def test_the_example_of_a_database_has_every_column_that_it_needs(tmp_path: Path) -> None:
    """The columns of the query and the map together give all that a penalty requires."""
    source = load_source(write(tmp_path, EXAMPLES[0]))
    table = layout([list(source.columns)], source)
    assert table.problems == ()
