"""One speaker, one language, scripted engines, and everything that comes out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from livekit.agents import stt

from livekit.plugins.cascade import Caption, CascadeEvent, SourceStream, TargetOptions, TargetStream

from .scripted import Recorder, ScriptedSTT, ScriptedTranslator, Step, ToneTTS, marker

START = marker(stt.SpeechEventType.START_OF_SPEECH)
END = marker(stt.SpeechEventType.END_OF_SPEECH)


@dataclass
class Run:
    """One speaker, one language, and everything that came out."""

    source: SourceStream
    target: TargetStream
    translator: ScriptedTranslator
    voice: ToneTTS
    output: Recorder
    events: list[CascadeEvent] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, kind: str) -> list[CascadeEvent]:
        return [event for event in self.events if event.kind == kind]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def finish(self) -> None:
        async with asyncio.timeout(5):
            self.source.end_input()
            await self.source.wait()
            await self.target.drain()

    def on_event(self, event: CascadeEvent) -> None:
        self.events.append(event)
        self.changed.set()


@asynccontextmanager
async def running(
    *script: Step,
    translator: ScriptedTranslator | None = None,
    voice: ToneTTS | None = None,
    options: TargetOptions | None = None,
) -> AsyncIterator[Run]:
    captions: list[Caption] = []
    holder: list[Run] = []
    source = SourceStream(
        stt=ScriptedSTT(*script),
        speaker="ana",
        language="en",
        on_event=lambda event: holder[0].on_event(event),
        on_caption=captions.append,
    )
    translator, voice, output = translator or ScriptedTranslator(), voice or ToneTTS(), Recorder()
    target = TargetStream(
        source=source.subscribe(),
        speaker="ana",
        translator=translator,
        tts=voice,
        output=output,
        on_event=lambda event: holder[0].on_event(event),
        on_caption=captions.append,
        options=options,
    )
    holder.append(Run(source, target, translator, voice, output, captions=captions))
    source.start()
    target.start()
    try:
        yield holder[0]
    finally:
        await source.aclose()
        await target.aclose()
