"""Settings written in TOML, checked by a model; every mistake is named by file and key."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from publish.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)


def read_settings(path: Path, model: type[Model]) -> Model:
    """Reads a file of settings.

    Raises:
        UsageError: naming the file, the key and the reason.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise UsageError(
            f"找不到 {path}。可用的见 {path.parent}。",
            f"There is no {path}. {path.parent} holds those that can be used.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(
            f"{path} 不是有效的 TOML：{error}", f"{path} is not valid TOML: {error}"
        ) from error
    except ValidationError as error:
        raise UsageError(
            f"{path} 有误：{_reasons(error)}", f"{path} is not right: {_reasons(error)}"
        ) from error


def _reasons(error: ValidationError) -> str:
    """Each wrong key with its reason."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
