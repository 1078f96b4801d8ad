"""Settings written in TOML, checked by a model; every mistake is named by file and key."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from publish.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)


def read_settings(path: Path, model: type[Model]) -> Model:
    """Reads a file of settings.

    Raises:
        UsageError: naming the file, the key and the reason.
    """
    return checked(path, read_toml(path), model)


def read_toml(path: Path) -> dict[str, Any]:
    """What a file of settings says, not yet checked.

    Raises:
        UsageError: naming the file and the reason.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"找不到 {path}。可用的见 {path.parent}。",
            f"There is no {path}. {path.parent} holds those that can be used.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(
            f"{path} 不是有效的 TOML：{error}", f"{path} is not valid TOML: {error}"
        ) from error


def checked(path: Path, raw: Mapping[str, Any], model: type[Model]) -> Model:
    """Settings as a model.

    Raises:
        UsageError: naming the file, the key and the reason.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        reasons = "; ".join(f"{_key(raw, e['loc'])}: {e['msg']}" for e in error.errors())
        raise UsageError(f"{path} 有误：{reasons}", f"{path} is not right: {reasons}") from error


def _key(raw: object, place: Sequence[int | str]) -> str:
    """A key as it stands in the file, where what may be several tables is often one."""
    parts = []
    for part in place:
        if isinstance(part, int) and not isinstance(raw, list):
            continue
        parts.append(str(part))
        raw = _at(raw, part)
    return ".".join(parts)


def _at(raw: object, part: int | str) -> object:
    """What stands under a key or at a place; None if nothing does."""
    if isinstance(raw, dict):
        return raw.get(part)
    return raw[part] if isinstance(raw, list) and isinstance(part, int) else None
