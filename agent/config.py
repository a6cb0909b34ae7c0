"""The worker's settings, and what is wrong with those that are given.

``INTERPRETER_<NAME>`` sets a field and ``INTERPRETER_<SECTION>__<NAME>`` a field of a section. The
bare name of a stage (``INTERPRETER_TTS=edge_tts,kokoro``) lists its engines in order of preference.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from livekit.agents import LanguageCode
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticUseDefault
from pydantic_settings import NoDecode

from .environment import PREFIX as PREFIX
from .environment import ModelSettings, UserPath, read_environment
from .environment import SettingsError as SettingsError

# Read by the tests, which find their data with it; no setting of the worker.
_NOT_OURS = frozenset({"INTERPRETER_DATA"})
STAGES = ("stt", "translation", "tts")
# Characters of a line for the translator, which reads it before the first word; a text of pages
# would leave no room for what is said.
LONGEST_DOMAIN = 500
NONE = "none"
AUTO = "auto"
# What is never shown of what is wrong.
_SECRET = re.compile(rf".*(KEY|SECRET|PROXY)|{PREFIX}(ENCRYPTION|OPENAI)__.*")
# With such variables Kubernetes tells every pod where a Service is ("service links"); those of one
# called `interpreter` or `interpreter-…` begin as ours do.
_LINKED_PORT = re.compile(r"(tcp|udp|sctp)://\S+:\d+")
_SERVICE_LINK = re.compile(
    r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)=.*"
    rf"|\w+_PORT={_LINKED_PORT.pattern}"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def comma_separated(text: str) -> tuple[str, ...]:
    """The parts of a list as it stands in a variable or an attribute."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _split(value: object) -> object:
    return comma_separated(value) if isinstance(value, str) else value


def _empty_if(word: str) -> BeforeValidator:
    """Of a list that has a word for being empty."""
    return BeforeValidator(lambda value: () if value == word else _split(value))


def language_code(text: str) -> str | None:
    """As BCP-47; None for what is no language."""
    code = str(LanguageCode(text.strip()))
    return code if _LANGUAGE.fullmatch(code) else None


def _language(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (code := language_code(value)) is None:
        raise ValueError(f"{value!r} is not a language; write it as in en, pt-BR or zh")
    return code


Language: TypeAlias = Annotated[str, BeforeValidator(_language)]
Languages: TypeAlias = Annotated[tuple[Language, ...], NoDecode, BeforeValidator(_split)]
LanguagesOrNone: TypeAlias = Annotated[tuple[Language, ...], NoDecode, _empty_if(NONE)]
LanguagesOrAuto: TypeAlias = Annotated[tuple[Language, ...], NoDecode, _empty_if(AUTO)]
Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_split), Field(min_length=1)]
SttEngineName: TypeAlias = Literal["faster_whisper", "openai"]
TranslationEngineName: TypeAlias = Literal["llama_cpp", "openai"]
TtsEngineName: TypeAlias = Literal["kokoro", "edge_tts", "openai"]
DeliveryName: TypeAlias = Literal["prompt", "calm"]
LogLevel: TypeAlias = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SttSettings(_Section):
    """Speech recognition."""

    engines: Annotated[tuple[SttEngineName, ...], BeforeValidator(_split), Field(min_length=1)] = (
        "faster_whisper",
    )
    model: str = ""
    """A model of the catalogue, or a folder; the profile's when empty."""
    device: str = "cpu"
    compute_type: str = "int8"
    threads: int = Field(default=1, ge=1)
    """More than one is slower while the other stages run beside it."""
    beam_size: int = Field(default=1, ge=1, le=10)
    niceness: int = Field(default=5, ge=0, le=19)
    """Gives way to translation, which is the slowest stage on a CPU and holds up what follows."""
    policy: Literal["hold_back", "local_agreement"] = "hold_back"
    step_seconds: float = Field(default=0.5, gt=0)
    hold_seconds: float = Field(default=0.3, ge=0)
    keyterms: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    """Names and terms to expect, written as they are to come out."""
    end_silence_seconds: float = Field(default=0.45, ge=0.1)


class TranslationSettings(_Section):
    """Translation."""

    engines: Annotated[
        tuple[TranslationEngineName, ...], BeforeValidator(_split), Field(min_length=1)
    ] = ("llama_cpp",)
    model: str = ""
    """A model of the catalogue, or a GGUF file; the profile's when empty."""
    threads: int | None = Field(default=None, ge=1)
    """As many as recognition, voices and other processes leave free, when not given."""
    threads_batch: int | None = Field(default=None, ge=1)
    """For reading prompts; only together with ``threads``, and the same when not given."""
    gpu_layers: int = Field(default=0, ge=-1)
    context_tokens: int = Field(default=4096, ge=512)
    """Shared by all translations that run at once."""
    prompt_format: str = ""
    """Chosen from the model's metadata when empty."""
    domain: str = Field(default="", max_length=LONGEST_DOMAIN)
    glossary: dict[Language, dict[str, str]] = Field(default_factory=dict)
    """By target language: source term to target term."""


class TtsSettings(_Section):
    """Voices."""

    engines: Annotated[tuple[TtsEngineName, ...], BeforeValidator(_split), Field(min_length=1)] = (
        "kokoro",
    )
    model: str = ""
    """Kokoro's model of the catalogue, or a folder; the profile's when empty."""
    threads: int = Field(default=1, ge=1)
    niceness: int = Field(default=5, ge=0, le=19)
    """As for recognition."""
    delivery: DeliveryName = "prompt"
    """``prompt`` says two or three words as soon as they are translated; ``calm`` waits for phrases
    and hurries only where it falls behind."""
    highest_speed: float = Field(default=1.45, ge=1.0, le=1.45)
    """How much faster than by nature a voice that is behind may speak."""
    voices: dict[TtsEngineName, dict[Language, Names]] = Field(default_factory=dict)
    """By engine and language; of several, each speaker of a room gets another."""
    edge_proxy: SecretStr | None = None
    """With user and password where it asks for them."""


class OpenAIServer(_Section):
    """A server that speaks OpenAI's API. Keyless servers take any key."""

    base_url: str = ""
    api_key: SecretStr = SecretStr("none")
    model: str = ""


class OpenAIVoices(OpenAIServer):
    voice: str = "alloy"


class OpenAISettings(_Section):
    """The engine ``openai`` of each stage."""

    stt: OpenAIServer = OpenAIServer()
    translation: OpenAIServer = OpenAIServer()
    tts: OpenAIVoices = OpenAIVoices()


class EncryptionSettings(_Section):
    """End-to-end encrypted rooms: the key that their clients share."""

    key: SecretStr = SecretStr("")
    """Of every room."""
    keys_file: UserPath | None = None
    """JSON, ``{"room": "key"}``, read when a room begins; goes before ``key``."""


class WorkerSettings(_Section):
    """The worker process."""

    connect_seconds: float = Field(default=20.0, ge=0)
    """How long a starting worker waits for a server that does not answer."""
    drain_seconds: int = Field(default=1, ge=1)
    """How long a stopping worker goes on serving its rooms."""
    finish_seconds: float = Field(default=10.0, ge=0)
    """How long what was said may take to be spoken when a speaker leaves or the worker stops."""
    hidden_seconds: float = Field(default=5.0, ge=0)
    """How often the server is asked for hidden participants, such as recorders; 0 for never."""
    patrol_seconds: float = Field(default=30.0, ge=0)
    """How often the server is asked for open rooms that wait for an interpreter; 0 for never."""
    load_threshold: float = Field(default=0.9, gt=0)
    """Share of the machine's cores, or of the time of the recogniser's or the voice's thread,
    beyond which no further room is taken."""


class Settings(ModelSettings):
    """Everything that can be configured, read once from the environment and ``.env``."""

    livekit_url: str = Field(
        default="", validation_alias=AliasChoices("LIVEKIT_URL", "livekit_url")
    )
    livekit_api_key: str = Field(
        default="", validation_alias=AliasChoices("LIVEKIT_API_KEY", "livekit_api_key")
    )
    livekit_api_secret: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("LIVEKIT_API_SECRET", "livekit_api_secret"),
    )

    source_language: LanguagesOrAuto = ("en",)
    """Spoken unless a participant's ``interpreter.speaks`` says otherwise; of several, or of any
    (``auto``, which is none here), it is detected."""
    target_languages: LanguagesOrNone = ("es", "fr")
    """Always produced; ``none`` for none."""
    on_demand_languages: Languages = Field(default=(), validate_default=True)
    """Produced while a listener asks for them (``interpreter.hears``)."""
    direct_languages: Languages = ()
    """Spoken languages that Whisper itself translates into English, without recognising first;
    where the language is given, not detected."""
    profile: Literal["small", "fast", "quality"] = "small"
    livekit_server: UserPath | None = None
    """The livekit-server executable that demo and tests start."""
    agent_name: str = ""
    """With a name, rooms get the interpreter only where it is dispatched by that name."""
    max_speakers: int = Field(default=8, ge=1)
    """Interpreted at once in a room; more are not heard by the interpreter."""
    events_file: UserPath | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)
    """Of the health check at ``/``; 0 takes a free one."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Of Prometheus' ``/metrics``; none is served without it."""
    log_level: LogLevel = "INFO"

    stt: SttSettings = SttSettings()
    translation: TranslationSettings = TranslationSettings()
    tts: TtsSettings = TtsSettings()
    openai: OpenAISettings = OpenAISettings()
    encryption: EncryptionSettings = EncryptionSettings()
    worker: WorkerSettings = WorkerSettings()

    @field_validator("livekit_url")
    @classmethod
    def _is_websocket_url(cls, url: str) -> str:
        if url and not re.match(r"(ws|http)s?://[^/\s]+", url):
            raise ValueError("write it as ws://host:7880 or wss://host")
        return url.rstrip("/")

    @field_validator("port", "metrics_port", mode="before")
    @classmethod
    def _is_no_service_link(cls, port: object) -> object:
        if isinstance(port, str) and _LINKED_PORT.fullmatch(port):
            raise PydanticUseDefault
        return port

    @field_validator("on_demand_languages")
    @classmethod
    def _something_to_do(cls, languages: Languages, info: ValidationInfo) -> Languages:
        if not languages and info.data.get("target_languages") == ():
            raise ValueError(
                "name the languages that listeners may ask for, "
                f"as {PREFIX}TARGET_LANGUAGES is {NONE}"
            )
        return languages

    @property
    def languages(self) -> tuple[str, ...]:
        """All that may be produced, each once."""
        return tuple(dict.fromkeys((*self.target_languages, *self.on_demand_languages)))


def load_settings() -> Settings:
    """Read the environment and ``.env``.

    Raises:
        SettingsError: a value is wrong, a variable with our prefix is none of ours, or ``.env``
            cannot be read.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(describe(error))) from None
    if unknown := list(unknown_variables(read_environment())):
        raise SettingsError("\n".join(unknown))
    return settings


def describe(error: ValidationError) -> Iterator[str]:
    """One line for each fault: the variable, what is wrong with it, what it was."""
    for fault in error.errors(include_url=False):
        name = _variable_name(fault["loc"])
        if fault["type"] == "extra_forbidden" or not _is_known(name):
            yield _unknown(name)
        elif fault["type"] == "model_type":
            # Not shown, as a section may have secrets in it.
            yield f"{name}: is neither a list of engines nor JSON, {{...}}"
        else:
            reason = fault["msg"].removeprefix("Value error, ")
            shown = "" if _SECRET.fullmatch(name) else f" (it is {fault['input']!r})"
            yield f"{name}: {reason}{shown}"


def _variable_name(location: Iterable[str | int]) -> str:
    """The variable that a place in the settings is read from."""
    parts = [part for part in location if isinstance(part, str) and "[" not in part]
    if not parts or parts[0].isupper():
        return parts[0] if parts else PREFIX
    if parts[0] in STAGES and parts[1:] == ["engines"]:
        parts = parts[:1]
    return PREFIX + "__".join(parts).upper()


def variables() -> list[str]:
    """Every variable there is."""
    return list(_variables(Settings, ()))


def _variables(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            yield str(alias.choices[0])
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, (*path, name))
        else:
            yield _variable_name((*path, name))


def unknown_variables(environment: Mapping[str, object]) -> Iterator[str]:
    """A line for each variable with our prefix that no setting is read from.

    A typing error in a section is an error of the section already; service links are none.
    """
    given = {name.upper(): value for name, value in environment.items()}
    for name, value in sorted(given.items()):
        ours = name.startswith(PREFIX) and name not in _NOT_OURS
        if ours and not _is_known(name) and not _SERVICE_LINK.fullmatch(f"{name}={value}"):
            yield _unknown(name)


def _is_known(name: str) -> bool:
    """Whether a setting is read from it; JSON values may be set through longer names
    (``INTERPRETER_TTS__VOICES__KOKORO__ES``)."""
    return any(name == known or name.startswith(f"{known}__") for known in variables())


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, variables(), n=1)
    hint = f"; did you mean {close[0]}?" if close else "; .env.example lists all there are"
    return f"{name}: there is no such setting{hint}"


def missing_credentials(url: str, api_key: str, api_secret: str) -> list[str]:
    """A line for each variable without which no server can be joined."""
    given = {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": api_key, "LIVEKIT_API_SECRET": api_secret}
    return [f"{name}: is not set; copy .env.example to .env" for name, v in given.items() if not v]
