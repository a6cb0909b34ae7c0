"""End-to-end encrypted rooms: which key a room has, and who cannot be understood for want of it."""

import asyncio
import json
import logging
from pathlib import Path

from livekit import rtc

from .config import EncryptionSettings

logger = logging.getLogger("interpreter.encryption")

_KEY = "INTERPRETER_ENCRYPTION__KEY"
_KEYS_FILE = "INTERPRETER_ENCRYPTION__KEYS_FILE"
# The first packet that can be decrypted is told of at once; a silent microphone sends some as well.
_DECRYPTED_SECONDS = 5.0


class KeysError(ValueError):
    """The file of keys cannot be used; the text names the setting and the fix, never a key."""


def encryption_of(settings: EncryptionSettings, room: str) -> rtc.E2EEOptions | None:
    """How to join a room; None where it is not end-to-end encrypted. Blocks.

    Raises:
        KeysError: the file of keys cannot be used.
    """
    key = read_keys(settings.keys_file).get(room, settings.key.get_secret_value())
    if not key:
        return None
    return rtc.E2EEOptions(key_provider_options=rtc.KeyProviderOptions(shared_key=key.encode()))


def read_keys(path: Path | None) -> dict[str, str]:
    """Keys by the name of their room; an empty one is that of a room without encryption. Blocks.

    Raises:
        KeysError: the file cannot be read, or is something else.
    """
    if path is None:
        return {}
    try:
        keys = json.loads(path.read_text())
    except OSError as error:
        raise KeysError(f"{_KEYS_FILE}: {path} cannot be read ({error.strerror})") from None
    except ValueError:
        # What the parser says quotes the file.
        raise KeysError(f"{_KEYS_FILE}: {path} is not JSON") from None
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise KeysError(
            f'{_KEYS_FILE}: {path} is to be an object of rooms and keys, {{"room": "key"}}'
        )
    return keys


class Deciphering:
    """Knows which microphones of a room can be decrypted, and warns of the others.

    Audio under another key does not fail, it is silence; what tells it is that nothing of it was
    ever decrypted.
    """

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._understood: set[str] = set()
        self._pending: dict[str, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Begin to watch. Needs a running event loop."""
        self._room.on("track_published", self._on_published)
        self._room.on("track_subscribed", self._on_subscribed)
        self._room.on("e2ee_state_changed", self._on_state)
        self._room.on("participant_disconnected", self._on_left)
        for remote in self._room.remote_participants.values():
            for publication in remote.track_publications.values():
                self._on_published(publication, remote)

    def close(self) -> None:
        """Watch no more."""
        self._room.off("track_published", self._on_published)
        self._room.off("track_subscribed", self._on_subscribed)
        self._room.off("e2ee_state_changed", self._on_state)
        self._room.off("participant_disconnected", self._on_left)
        for timer in self._pending.values():
            timer.cancel()
        self._pending.clear()

    def has_key_for(self, publication: rtc.RemoteTrackPublication) -> bool:
        """Whether there is any need, or hope, to decrypt it."""
        return not _is_encrypted(publication) or self._room.e2ee_manager.enabled

    def _on_published(
        self, publication: rtc.RemoteTrackPublication, remote: rtc.RemoteParticipant
    ) -> None:
        if publication.source != rtc.TrackSource.SOURCE_MICROPHONE:
            return
        if not self.has_key_for(publication):
            _warn(
                "a microphone is end-to-end encrypted, and for its room there is no key: give the "
                f"one that the clients use in {_KEY}, or by room in {_KEYS_FILE}",
                remote,
                publication,
            )
        elif self._room.e2ee_manager.enabled and not _is_encrypted(publication):
            _warn(
                "a microphone is not end-to-end encrypted in a room that has a key; its "
                "translation is, and is not heard by who has no key",
                remote,
                publication,
            )

    def _on_subscribed(
        self,
        track: rtc.Track,
        publication: rtc.RemoteTrackPublication,
        remote: rtc.RemoteParticipant,
    ) -> None:
        if _is_encrypted(publication):
            self._expect(publication, remote)

    def _expect(
        self, publication: rtc.RemoteTrackPublication, remote: rtc.RemoteParticipant
    ) -> None:
        if (timer := self._pending.pop(publication.sid, None)) is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._pending[publication.sid] = loop.call_later(
            _DECRYPTED_SECONDS, self._doubt, publication, remote
        )

    def _doubt(
        self, publication: rtc.RemoteTrackPublication, remote: rtc.RemoteParticipant
    ) -> None:
        self._pending.pop(publication.sid, None)
        if remote.identity in self._understood or publication.track is None:
            return
        if publication.muted:
            self._expect(publication, remote)
            return
        _warn(
            "a microphone cannot be decrypted: the speaker has another key than the one in "
            f"{_KEY} or {_KEYS_FILE}",
            remote,
            publication,
        )

    def _on_state(self, participant: rtc.Participant, state: rtc.EncryptionState.ValueType) -> None:
        if state == rtc.EncryptionState.OK:
            self._understood.add(participant.identity)

    def _on_left(self, remote: rtc.RemoteParticipant) -> None:
        """Who comes back may do so with another key."""
        self._understood.discard(remote.identity)


def _is_encrypted(publication: rtc.RemoteTrackPublication) -> bool:
    return publication.encryption_type != rtc.EncryptionType.NONE


def _warn(
    reason: str, remote: rtc.RemoteParticipant, publication: rtc.RemoteTrackPublication
) -> None:
    logger.warning(reason, extra={"lk.pii.speaker": remote.identity, "track": publication.sid})
