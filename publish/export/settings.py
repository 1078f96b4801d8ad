"""How records are handed on: data/export.toml. Without that file nothing is by itself."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from publish.errors import UsageError
from publish.project import Project
from publish.settings import read_settings

Format = Literal["xlsx", "csv"]
Encoding = Literal["utf-8", "gb18030"]
Headings = Literal["codes", "titles"]


class Order(BaseModel):
    """What is to be written, and how.

    Attributes:
        codes: the form, by its name.
        format: a workbook of text cells, or CSV.
        encoding: of CSV; UTF-8 has a byte-order mark.
        headings: the standard's field codes, or its Chinese names.
        out: the folder, from the project's on; data/exports if empty.
        with_identity: whether identity numbers and other internal fields that the form has are
            filled in, and records about natural persons are handed on at all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: str = "2018"
    format: Format = "xlsx"
    encoding: Encoding = "utf-8"
    headings: Headings = "codes"
    out: str = ""
    with_identity: bool = False

    def folder(self, project: Project) -> Path:
        """Where files are written.

        Raises:
            UsageError: if the public could read what is there.
        """
        folder = (project.root / self.out if self.out else project.exports).resolve()
        for public in (project.releases, project.editions, project.site):
            if folder.is_relative_to(public.resolve()):
                raise UsageError(
                    f"{folder} 对外公开，不能存放报送文件。请另选文件夹。",
                    f"{folder} is served to the public. Choose another folder for these files.",
                )
        return folder


def read_order(project: Project) -> Order:
    """The project's settings.

    Raises:
        UsageError: if there are none, or they are not as they must be.
    """
    return read_settings(project.export, Order)
