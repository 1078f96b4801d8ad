"""The engines that facts can be counted on: this machine's DuckDB, or a cluster's Spark."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
from ibis.backends import BaseBackend

from monitor.counts import Facts
from monitor.tables import CALENDAR, DUTY, FACTS
from publish.errors import UsageError

MEMORY = "1GB"
"""What DuckDB takes before it writes aside to disk."""

_SETTINGS = {"sql__session__timeZone": "UTC", "ui__enabled": "false"}
_LAYOUTS = ("{}.parquet", "{}/*.parquet", "*/{}.parquet", "*/downloads/{}.parquet")


@contextmanager
def duckdb(folder: Path, memory: str = MEMORY, threads: int | None = None) -> Iterator[BaseBackend]:
    """DuckDB in this process.

    Args:
        folder: where it writes aside what does not fit into its memory.
        memory: what it may take, such as ``1GB``.
        threads: how many at once; None for one per processor.
    """
    asked = {"threads": threads} if threads else {}
    engine = ibis.duckdb.connect(memory_limit=memory, temp_directory=str(folder), **asked)
    try:
        yield engine
    finally:
        engine.disconnect()


@contextmanager
def spark(master: str, **settings: str) -> Iterator[BaseBackend]:
    """Spark on a cluster, or on this machine with the master ``local[*]``.

    Args:
        master: the address of the cluster, such as ``spark://host:7077``.
        settings: further settings of Spark, dots written as ``__``.

    Raises:
        UsageError: if Spark is not installed, or cannot start or reach its cluster.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415
        from pyspark.errors import PySparkException  # noqa: PLC0415 - only who asks for it has it
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "没有安装 Spark：请运行 pip install 'gongshi[spark]'，并安装 Java 17",
            "Spark is not installed: run pip install 'gongshi[spark]', and install Java 17",
        ) from error
    builder = SparkSession.builder.master(master).appName("gongshi")
    for name, value in {**_SETTINGS, **settings}.items():
        builder = builder.config(f"spark.{name.replace('__', '.')}", value)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pandas.*")
        try:
            session = builder.getOrCreate()
        except (Py4JError, PySparkException) as error:
            raise UsageError(
                f"Spark 无法启动或连接 {master}：请检查集群地址和 Java 17（{error}）",
                f"Spark cannot start or reach {master}: check the address and Java 17 ({error})",
            ) from error
        try:
            yield ibis.pyspark.connect(session)
        finally:
            session.stop()


def read_facts(engine: BaseBackend, folder: Path) -> Facts:
    """The facts that lie in a folder as Parquet files, of one city or of many.

    Each table is one file, a folder of files, or a file in the folder of each city, or in the
    ``downloads`` of its release. A table that is not there but for the duties and the calendar is
    left out, and so are the figures taken from it.

    Raises:
        UsageError: if there are no duties or no calendar.
    """
    found = {t.name: _files(folder, t.name) for t in (*FACTS, CALENDAR)}
    for name in (DUTY.name, CALENDAR.name):
        if not found[name]:
            raise UsageError(
                f"{folder} 中没有 {name}.parquet：请把各市发布版本的下载文件收集到此处",
                f"{folder} holds no {name}.parquet: gather the downloads of each city there",
            )
    return {name: engine.read_parquet(path) for name, path in found.items() if path}


def _files(folder: Path, name: str) -> str | None:
    """The path or pattern under which the files of a table lie."""
    for layout in _LAYOUTS:
        if next(folder.glob(layout.format(name)), None):
            return str(folder / layout.format(name))
    return None
