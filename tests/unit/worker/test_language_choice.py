"""What somebody chose by a call, and when their attribute goes before."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from livekit.rtc.event_emitter import EventEmitter

from agent.hearing import HEARS
from agent.language_choice import GET_LANGUAGES, SET_LANGUAGE, LanguageChoice
from agent.unseen import RoomMember
from livekit import rtc

pytestmark = pytest.mark.unit


class Room(EventEmitter[str]):
    """Of those who are there, and of the calls that its local participant answers."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, RoomMember] = {}
        self.methods: dict[str, Any] = {}
        self.changes = 0
        self.answers = asyncio.Event()
        self.answers.set()

    @property
    def local_participant(self) -> "Room":
        return self

    def register_rpc_method(self, name: str, method: Any) -> None:
        self.methods[name] = method

    def unregister_rpc_method(self, name: str) -> None:
        del self.methods[name]

    def note(self) -> None:
        self.changes += 1

    async def find(self, identity: str) -> RoomMember | None:
        if identity not in self.people:
            await self.answers.wait()
        return self.people.get(identity)

    def come(self, attributes: Mapping[str, str]) -> RoomMember:
        self.people["lia"] = RoomMember("lia", attributes)
        self.emit("participant_connected", self.people["lia"])
        return self.people["lia"]

    async def call(self, method: str, payload: str = "") -> Any:
        """Returns what the caller is told that they hear."""
        answer = await self.methods[method](rtc.RpcInvocationData("id", "lia", payload, 10.0))
        return json.loads(answer)["hears"]


def asks(language: str) -> dict[str, str]:
    return {HEARS: language}


def choice_in(room: Room) -> LanguageChoice:
    choice = LanguageChoice(
        room,  # type: ignore[arg-type]
        ("es", "fr", "de"),
        find=room.find,
        on_change=room.note,
    )
    choice.start()
    return choice


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        (asks("fr"), asks("fr"), "es"),
        ({}, {}, "es"),
        ({}, asks(""), "es"),
        (asks("fr"), asks("de"), "de"),
        (asks("fr"), {}, None),
        (asks("es"), asks("fr"), "fr"),
    ],
)
async def test_a_choice_lives_on_while_somebody_is_away(
    before: Mapping[str, str], after: Mapping[str, str], heard: str | None
) -> None:
    room = Room()
    choice = choice_in(room)
    room.come(before)
    await room.call(SET_LANGUAGE, "es")
    room.people.clear()
    assert choice.of(room.come(after)) == heard
    assert room.changes == 1 + (heard != "es")
    choice.close()
    assert not room.methods


async def test_a_call_that_comes_before_the_room_tells_of_the_caller_counts() -> None:
    room = Room()
    choice = choice_in(room)
    lia = room.people["lia"] = RoomMember("lia", asks("fr"))
    await room.call(SET_LANGUAGE, "es")
    assert choice.of(room.come(lia.attributes)) == "es"


async def test_a_call_counts_of_somebody_whom_nobody_can_tell_of_yet() -> None:
    room = Room()
    choice = choice_in(room)
    assert await room.call(SET_LANGUAGE, "fr") == "fr"
    assert choice.of(room.come(asks("es"))) == "fr"
    room.people.clear()
    assert choice.of(room.come(asks("de"))) == "de", "they asked otherwise while they were away"


async def test_the_last_of_two_calls_counts_though_the_first_waits_for_the_server() -> None:
    room = Room()
    choice = choice_in(room)
    room.answers.clear()
    async with asyncio.timeout(5), asyncio.TaskGroup() as calls:
        calls.create_task(room.call(SET_LANGUAGE, "es"))
        await asyncio.sleep(0)
        lia = room.come({})
        assert await room.call(SET_LANGUAGE, "fr") == "fr"
        room.answers.set()
    assert choice.of(lia) == "fr"


async def test_an_attribute_that_changes_while_a_call_waits_is_the_last_wish() -> None:
    room = Room()
    choice = choice_in(room)
    room.answers.clear()
    async with asyncio.timeout(5), asyncio.TaskGroup() as calls:
        calls.create_task(room.call(SET_LANGUAGE, "es"))
        await asyncio.sleep(0)
        room.come({})
        lia = room.people["lia"] = RoomMember("lia", asks("de"))
        room.emit("participant_attributes_changed", lia.attributes, lia)
        room.answers.set()
    assert choice.of(lia) == "de"


async def test_who_has_left_for_good_chose_nothing() -> None:
    room = Room()
    choice = choice_in(room)
    lia = room.come(asks("fr"))
    await room.call(SET_LANGUAGE, "es")
    await room.call(GET_LANGUAGES)
    choice.forget("lia")
    assert choice.of(lia) == "fr"
