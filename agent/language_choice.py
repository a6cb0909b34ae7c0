"""Which language somebody wants to hear, by their attributes or by a call to the interpreter.

A call needs no right to change one's own attributes, which many clients do not have.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from livekit import rtc

from .hearing import HEARS, ORIGINAL, READS, hears, nearest

logger = logging.getLogger("interpreter.language_choice")

LANGUAGES = "interpreter.languages"
"""Attribute of the interpreter: the languages that listeners may ask for, between commas."""
# Anybody may write anything there; the log is for mistakes.
_MOST_REPORTED = 20

SET_LANGUAGE = "interpreter.set_language"
GET_LANGUAGES = "interpreter.get_languages"


class Person(Protocol):
    """Somebody in a room."""

    @property
    def identity(self) -> str: ...

    @property
    def attributes(self) -> Mapping[str, str]: ...


Find = Callable[[str], Awaitable[Person | None]]
"""Who is in the room by that identity."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """A language, and what the attribute said that it goes before; None until that is known."""

    language: str
    attribute: str | None = None


class LanguageChoice:
    """Answers the calls of a room's participants and remembers what they chose.

    The last wish counts: a call until another call, or until the caller's attribute
    ``interpreter.hears`` changes, which may be while they are away.

    * ``interpreter.set_language`` takes a BCP-47 code, ``original`` for no translation, or nothing
      to go back to the attributes; it answers as the other does.
    * ``interpreter.get_languages`` answers ``{"languages": [...], "hears": ...}``: what is
      produced, and what the caller hears now, null for everything.

    Args:
        languages: those that are produced, or would be.
        find: tells who calls.
        on_change: told after every choice; must not block.
    """

    def __init__(
        self,
        room: rtc.Room,
        languages: Iterable[str],
        *,
        find: Find,
        on_change: Callable[[], None],
    ) -> None:
        self._room = room
        self._languages = tuple(languages)
        self._find = find
        self._on_change = on_change
        self._chosen: dict[str, _Choice] = {}
        self._unknown: set[str] = set()

    def start(self) -> None:
        """Answer calls from now on."""
        self._room.local_participant.register_rpc_method(SET_LANGUAGE, self._set_language)
        self._room.local_participant.register_rpc_method(GET_LANGUAGES, self._get_languages)
        self._room.on("participant_attributes_changed", self._wish)
        self._room.on("participant_connected", self._welcome)

    async def announce(self) -> None:
        """Tell the room's participants which languages there are."""
        await self._room.local_participant.set_attributes({LANGUAGES: ",".join(self._languages)})

    def close(self) -> None:
        """Answer no more."""
        self._room.off("participant_attributes_changed", self._wish)
        self._room.off("participant_connected", self._welcome)
        self._room.local_participant.unregister_rpc_method(SET_LANGUAGE)
        self._room.local_participant.unregister_rpc_method(GET_LANGUAGES)

    def of(self, person: Person) -> str | None:
        """What somebody wants to hear: the choice of their last call, else their attributes'.

        In the words of the languages that are produced, where one of them is meant.
        """
        return self._heard(person.identity, person.attributes)

    def of_captions(self, person: Person) -> str | None:
        """What somebody wants to read: what they hear, unless their attributes say otherwise."""
        return self._produced(person.attributes.get(READS, "").strip()) or self.of(person)

    def _heard(self, identity: str, attributes: Mapping[str, str]) -> str | None:
        chosen = self._chosen.get(identity)
        return self._produced(chosen.language if chosen else hears(attributes))

    def _produced(self, asked: str | None) -> str | None:
        if not asked or asked == ORIGINAL:
            return asked
        language = nearest(asked, self._languages)
        if language is None and asked not in self._unknown and len(self._unknown) < _MOST_REPORTED:
            self._unknown.add(asked)
            logger.warning(
                "somebody asks for %r, which is not produced here, and hears no translation; add "
                "it to INTERPRETER_TARGET_LANGUAGES or INTERPRETER_ON_DEMAND_LANGUAGES",
                asked,
            )
        return language or asked

    def forget(self, identity: str) -> None:
        """Somebody has left for good."""
        self._chosen.pop(identity, None)

    def _wish(self, changed: Mapping[str, str], person: Person) -> None:
        if HEARS in changed and person.identity in self._chosen:
            self.forget(person.identity)
            self._on_change()

    def _welcome(self, person: Person) -> None:
        self._learn(person)
        chosen = self._chosen.get(person.identity)
        if chosen is not None and chosen.attribute != person.attributes.get(HEARS, ""):
            self.forget(person.identity)
            self._on_change()

    def _learn(self, person: Person) -> None:
        """What the attribute said is what it says when it is seen first."""
        chosen = self._chosen.get(person.identity)
        if chosen is not None and chosen.attribute is None:
            attribute = person.attributes.get(HEARS, "")
            self._chosen[person.identity] = replace(chosen, attribute=attribute)

    async def _set_language(self, call: rtc.RpcInvocationData) -> str:
        # Before anything that takes time, so that the last of several calls counts.
        language = call.payload.strip()
        if not language:
            self.forget(call.caller_identity)
        elif language == ORIGINAL or nearest(language, self._languages):
            self._chosen[call.caller_identity] = _Choice(language)
        else:
            raise rtc.RpcError(
                rtc.RpcError.ErrorCode.APPLICATION_ERROR,
                f"{language!r} is not produced here; choose one of "
                f"{', '.join((*self._languages, ORIGINAL))}",
            )
        self._on_change()
        return await self._get_languages(call)

    async def _get_languages(self, call: rtc.RpcInvocationData) -> str:
        caller = await self._find(call.caller_identity)
        if caller is not None:
            self._learn(caller)
        heard = self._heard(call.caller_identity, caller.attributes if caller else {})
        return json.dumps({"languages": self._languages, "hears": heard})
