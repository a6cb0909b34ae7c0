"""What a test's log says of the project, without what LiveKit's native client adds to it."""

import logging

import pytest

_NATIVE = "livekit"


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was logged, in order, but for the native client's own lines.

    The client logs from a thread of its own, and about rooms of tests that ended long ago: when
    Python collects what is left of them.
    """
    return [record for record in caplog.records if record.name != _NATIVE]
