"""Where settings come from: the environment goes before ``.env``.

Only this module reads the two. What fetching models needs of the settings is here as well, for it
comes before the rest can be complete.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from urllib.request import getproxies_environment

from dotenv import dotenv_values
from pydantic import AfterValidator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "INTERPRETER_"
ENV_FILE = Path(".env")
_HTTP_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")

UserPath: TypeAlias = Annotated[Path, AfterValidator(Path.expanduser)]
"""A path that may begin with the user's home (``~``)."""


class SettingsError(ValueError):
    """Settings that cannot be used; the text names each variable and what to do about it."""


class ModelSettings(BaseSettings):
    """Where models are; all other settings are added to these.

    Raises:
        SettingsError: ``.env`` cannot be read.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    models_dir: UserPath | None = None

    def __init__(self, **values: Any) -> None:
        with _reading_file():
            super().__init__(**values)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        file = _LenientFile(settings_cls, env_file=dotenv_settings.env_file)
        return init_settings, _LenientEnvironment(settings_cls), file


class _LenientEnvironment(EnvSettingsSource):
    """Leaves what is no JSON as it is, so that validation tells which variable is wrong."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            is_list = _has_engines(field) and not value.lstrip().startswith("{")
            return {"engines": value} if is_list else value


def _has_engines(field: FieldInfo | None) -> bool:
    """Whether it is a section whose bare name lists its engines; values of a dict have no field."""
    return field is not None and "engines" in getattr(field.annotation, "model_fields", {})


class _LenientFile(_LenientEnvironment, DotEnvSettingsSource):
    """The same for ``.env``, over which the environment goes also where it is empty."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        overruled = {name.lower() for name in os.environ}  # noqa: TID251
        return {k: v for k, v in super()._load_env_vars().items() if k.lower() not in overruled}


@contextmanager
def _reading_file() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(
            f"{ENV_FILE}: cannot be read ({error.strerror}); make it readable or take it away"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{ENV_FILE}: is not in UTF-8; save it in that encoding") from None


def read_environment() -> dict[str, str | None]:
    """Every variable of the two.

    Raises:
        SettingsError: ``.env`` cannot be read.
    """
    with _reading_file():
        return {**dotenv_values(ENV_FILE), **os.environ}  # noqa: TID251


def leave_http_proxies(*, tell_edge: bool) -> None:
    """Have this process, and those it starts, reach a LiveKit server on loopback directly.

    LiveKit's clients ask a proxy of HTTP for that as well, whatever ``NO_PROXY`` says. Engines
    that need the network keep it: ``openai`` reads ``ALL_PROXY``, and edge_tts has a setting.

    Args:
        tell_edge: whether to set that; not over one that is set.
    """
    proxy = getproxies_environment().get("https")
    for name in _HTTP_PROXIES:
        os.environ.pop(name, None)  # noqa: TID251
    if proxy:
        os.environ.setdefault("ALL_PROXY", proxy)  # noqa: TID251
    if proxy and tell_edge:
        os.environ[f"{PREFIX}TTS__EDGE_PROXY"] = proxy  # noqa: TID251
