"""Where settings come from: the environment goes before ``.env``.

Only this module reads the two. What fetching models needs of the settings is here as well, for it
comes before the rest can be complete.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

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
_ENV_FILE = Path(".env")

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
        env_file=_ENV_FILE,
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
            f"{_ENV_FILE}: cannot be read ({error.strerror}); make it readable or take it away"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{_ENV_FILE}: is not in UTF-8; save it in that encoding") from None


def read_environment() -> dict[str, str | None]:
    """Every variable of the two.

    Raises:
        SettingsError: ``.env`` cannot be read.
    """
    with _reading_file():
        return {**dotenv_values(_ENV_FILE), **os.environ}  # noqa: TID251


def check_certificates() -> None:
    """See that the certificates to trust can be read, where the environment names a file of them.

    Raises:
        SettingsError: they cannot.
    """
    file = os.environ.get("SSL_CERT_FILE")  # noqa: TID251
    try:
        if file:
            ssl.create_default_context(cafile=file)
    except OSError as error:
        raise SettingsError(
            f"SSL_CERT_FILE: {file} gives no certificates ({error.strerror}); correct the path, "
            "or take the variable away"
        ) from None


def is_reached_directly(url: str) -> bool:
    """Whether no proxy is asked for a server: it is on this machine, or ``NO_PROXY`` names it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host:
        return False
    names = host, parts.netloc.rpartition("@")[2].lower()
    if _is_loopback(host) or any(map(proxy_bypass, names)):
        return True
    entries = getproxies_environment().get("no", "").split(",")
    return any(_has_host(entry.strip().lower(), host) for entry in entries)


def _has_host(entry: str, host: str) -> bool:
    """Whether an entry of ``NO_PROXY`` has the host in a way that Python does not know: in a
    network, behind a ``*.``, or since it is a ``*`` among others."""
    if entry == "*" or entry.startswith("*."):
        return host.endswith(entry[1:])
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def leave_proxy(url: str) -> None:
    """Have LiveKit's native client reach a server directly, from this process and its children.

    It goes through ``HTTP_PROXY``, to an encrypted ``url`` through ``HTTPS_PROXY``, whatever
    ``NO_PROXY`` says. httpx, and with it the engine ``openai``, keeps its ways: what is taken here
    it finds in ``ALL_PROXY``.
    """
    is_encrypted = urlsplit(url).scheme in ("wss", "https")
    left, other = ("https", "http") if is_encrypted else ("http", "https")
    proxies = getproxies_environment()
    for name in (f"{left}_proxy", f"{left}_proxy".upper()):
        os.environ.pop(name, None)  # noqa: TID251
    if left not in proxies or proxies.get("no") == "*":
        return
    ways = {"all_proxy": proxies[left]}
    if kept := proxies.get(other) or proxies.get("all"):
        ways[f"{other}_proxy"] = kept
    else:
        # httpx takes a scheme for all that is reached with it; others know no such host.
        ways["no_proxy"] = ",".join(filter(None, (proxies.get("no"), f"{other}://")))
    # Where both are set, names in small letters go before those in capitals.
    os.environ.update(ways)  # noqa: TID251


def lend_proxy_to_web_sockets() -> None:
    """Have aiohttp, and with it edge_tts, open encrypted web sockets through ``HTTPS_PROXY``.

    By itself it looks for a ``WSS_PROXY``, which nobody sets. It takes proxies of HTTP alone.
    """
    proxies = getproxies_environment()
    proxy = proxies.get("https", "")
    if proxy.startswith("http://") and "wss" not in proxies:
        os.environ["wss_proxy"] = proxy  # noqa: TID251
