"""Source files: what they may say, and that what is wrong in one is named."""

from pathlib import Path

import pytest

from publish.errors import UsageError
from publish.handin.source import Source, load_source

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
