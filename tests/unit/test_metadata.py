"""Datasette's metadata."""

from pathlib import Path

from monitor.tables import TABLES
from publish.profile import load_profile
from publish.release.metadata import PLUGIN, metadata, write_metadata
from publish.release.public import columns, searchable
from publish.schema import public_types, record_type

CHECKOUT = Path(__file__).parents[2]
DEMO = load_profile(CHECKOUT / "data/profiles/demo-city.toml")
FDA = load_profile(CHECKOUT / "data/profiles/us-fda.toml")


def test_file_is_current(tmp_path: Path) -> None:
    """metadata.json in the repository is what the code makes for the demo city."""
    write_metadata(tmp_path / "metadata.json", DEMO)
    assert (CHECKOUT / "metadata.json").read_text("utf-8") == (
        tmp_path / "metadata.json"
    ).read_text("utf-8")


def test_records() -> None:
    """Each record type is described column by column, and searched through its own index."""
    tables = metadata(DEMO)["databases"]["credit"]["tables"]
    for record in public_types().values():
        table = tables[record.name]
        names = [c.name for c in columns(record)]
        assert list(table["columns"]) == names
        assert all(f"{c.zh}" in table["columns"][c.name] for c in columns(record))
        assert searchable(record)
        assert (table["fts_table"], table["fts_pk"]) == ("record_fts", "rowid")
        assert {table["label_column"], table["sort_desc"], *table["facets"]} <= set(names)
        assert record.title_zh in table["title"]
        assert record.title_en in table["title"]


def test_codes_are_explained() -> None:
    """A coded column says what its codes mean; one whose values are words does not repeat them."""
    said = metadata(DEMO)["databases"]["credit"]["tables"]["licence"]["columns"]
    assert "1 撤销" in said["status"]
    assert "1 revoked" in said["status"]
    assert said["licence_kind"] == "许可类别 / kind of licence"


def test_figures() -> None:
    """Each table of figures is described column by column."""
    tables = metadata(DEMO)["databases"]["monitor"]["tables"]
    assert tables.keys() == {t.name for t in TABLES}
    for table in TABLES:
        assert tables[table.name]["columns"].keys() == table.columns.keys()
        assert set(tables[table.name].get("facets", [])) <= table.columns.keys()


def test_lists_follow_the_reference_table() -> None:
    """The table of lists has the columns of the reference table that it comes from."""
    said = metadata(DEMO)["databases"]["credit"]["tables"]["credit_list"]["columns"]
    assert tuple(said) == tuple(record_type("credit_list").by_name)


def test_profile() -> None:
    """Title and source are the jurisdiction's; the licence is the same everywhere."""
    for profile in (DEMO, FDA):
        said = metadata(profile)
        assert profile.jurisdiction.portal_zh in said["title"]
        assert profile.jurisdiction.portal_en in said["title"]
        assert profile.jurisdiction.name_en in said["source"]
        assert said["license"] == "CC BY 4.0"
        assert PLUGIN in said["plugins"]
