"""Files for ears and eyes, made from a run's log and the listeners' recordings."""

from pathlib import Path

from .captions import Cue, srt, webvtt
from .emissions import EmissionsLog, Listener, read_log
from .recording import Track, read_wav, stereo, write_wav
from .routes import Route, recognised_of, routes_of
from .subtitles import source_cues, target_cues

_STEREO_RATE = 24_000


def write_artifacts(folder: Path, original: Track) -> list[Path]:
    """Write subtitles, and a stereo file (original left, translation right), for every language.

    Args:
        folder: has the log, and the listeners' files under the names that the log gives.
        original: what the speaker sent, and when its first sample was sent.

    Returns:
        The files written.
    """
    log = read_log(folder)
    written: list[Path] = []
    for speaker in recognised_of(log)[:1]:
        written += _subtitles(folder, speaker.source_language, source_cues(speaker))
    for route in routes_of(log):
        listener = _listener(log, route)
        start = route.clock.since_start(listener.wall_time) if listener else 0.0
        written += _subtitles(folder, route.language, target_cues(route, start=start))
        if listener is not None:
            track = read_wav(folder / listener.file, listener.wall_time)
            path = folder / f"{route.language}.stereo.wav"
            write_wav(path, stereo(original, track, sample_rate=_STEREO_RATE), _STEREO_RATE)
            written.append(path)
    return written


def _listener(log: EmissionsLog, route: Route) -> Listener | None:
    matching = (
        line
        for line in log.of(Listener)
        if line.language == route.language and line.stream in ("", route.stream)
    )
    return next(matching, None)


def _subtitles(folder: Path, language: str, cues: list[Cue]) -> list[Path]:
    vtt, subrip = folder / f"{language}.vtt", folder / f"{language}.srt"
    vtt.write_text(webvtt(cues, language=language), encoding="utf-8")
    subrip.write_text(srt(cues), encoding="utf-8")
    return [vtt, subrip]
