"""The store's promises: what it returns is right, and what goes wrong is said."""

import hashlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from agent.models import Model, ModelError, ModelFile, ModelUnavailable, Store, UnknownModel
from agent.models.errors import SourceUnavailable
from agent.models.model import Release, Requantised
from agent.models.sources import RequantisedSource, Source
from agent.provisioning import PlainProgress, Progress

pytestmark = pytest.mark.unit

GOOD = b"weights" * 100
BAD = b"wEights" * 100


def sha256(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()


class ScriptedSource:
    """Gives each of `answers` in turn: contents, or the reason for having none."""

    def __init__(self, name: str, *answers: bytes | str, vouched: str | None = None) -> None:
        self.name = name
        self.answers = list(answers)
        self.vouched = vouched
        self.asked = 0

    def offers(self, file: ModelFile) -> bool:
        return True

    def fetch(
        self, model: Model, file: ModelFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, str):
            raise SourceUnavailable(answer)
        destination.write_bytes(answer)
        return self.vouched


class Lines(PlainProgress):
    """Keeps what was said, and which files were hashed."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__(self.said.append)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


MODEL = Model(
    "toy",
    "CC0",
    "",
    (ModelFile("model.bin", sha256(GOOD), len(GOOD), release=Release("http://x")),),
)
UNHASHED = Model("toy", "CC0", "", (ModelFile("model.bin", None, None),))

MakeStore = Callable[..., Store]


@pytest.fixture
def make_store(tmp_path: Path) -> MakeStore:
    def make(*sources: Source, model: Model = MODEL, extra: tuple[Path, ...] = ()) -> Store:
        return Store(tmp_path / "root", extra, models={"toy": model}, sources=sources)

    return make


def put(folder: Path, contents: bytes) -> Path:
    path = folder / "toy" / "model.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    return path


def test_sources_are_asked_in_order_until_one_gives_the_right_file(make_store: MakeStore) -> None:
    down, wrong = ScriptedSource("down", "no route"), ScriptedSource("wrong", BAD)
    good, last = ScriptedSource("good", GOOD), ScriptedSource("last", GOOD)
    store = make_store(down, wrong, good, last)
    assert (store.ensure("toy") / "model.bin").read_bytes() == GOOD
    assert [source.asked for source in (down, wrong, good, last)] == [1, 1, 1, 0]


def test_nothing_but_the_model_and_its_stamp_is_left(make_store: MakeStore) -> None:
    store = make_store(ScriptedSource("good", GOOD))
    store.ensure("toy")
    left = {str(p.relative_to(store.root)) for p in store.root.rglob("*") if p.is_file()}
    assert left - {".partial/toy.lock"} == {"toy/model.bin", ".verified/toy.json"}


def test_a_file_is_hashed_once(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    put(make_store().root, GOOD)
    assert make_store().ensure("toy").name == "toy"
    monkeypatch.setattr("agent.models.store.hash_file", _must_not_hash)
    make_store().ensure("toy")


def _must_not_hash(path: Path, progress: Progress, description: str) -> str:
    pytest.fail(f"{path} was hashed again")


def test_a_changed_byte_is_caught_named_and_mended(make_store: MakeStore) -> None:
    store = make_store(ScriptedSource("good", GOOD))
    path = store.ensure("toy") / "model.bin"
    path.write_bytes(BAD)
    progress = Lines()
    store.ensure("toy", progress)
    assert path.read_bytes() == GOOD
    assert path.with_name("model.bin.corrupt").read_bytes() == BAD
    for detail in (str(path), sha256(BAD), sha256(GOOD)):
        assert detail in progress.text


@pytest.mark.parametrize("contents", [BAD, GOOD[:-1]], ids=["other bytes", "cut short"])
def test_a_corrupt_file_that_no_source_replaces_stays_and_is_named(
    make_store: MakeStore, contents: bytes
) -> None:
    store = make_store(ScriptedSource("hub", "name not known"), ScriptedSource("index", BAD))
    path = put(store.root, contents)
    with pytest.raises(ModelUnavailable) as raised:
        store.ensure("toy")
    message = str(raised.value)
    for part in (str(path), "is corrupt", "hub: name not known", "index: what it sent has sha256"):
        assert part in message
    assert "INTERPRETER_MODELS_DIR" in message
    assert "python -m agent.models toy" in message
    assert path.read_bytes() == contents


def test_wrong_contents_are_not_built_on_again(make_store: MakeStore) -> None:
    class Keeping(ScriptedSource):
        def fetch(
            self,
            model: Model,
            file: ModelFile,
            destination: Path,
            staging: Path,
            progress: Progress,
        ) -> str | None:
            kept = staging / "archive"
            if not kept.exists():
                kept.write_bytes(self.answers.pop(0))  # type: ignore[arg-type]
            shutil.copy(kept, destination)
            return None

    store = make_store(Keeping("index", BAD, GOOD))
    with pytest.raises(ModelUnavailable, match=sha256(BAD)):
        store.ensure("toy")
    assert (store.ensure("toy") / "model.bin").read_bytes() == GOOD


def test_what_an_interrupted_try_fetched_is_kept_for_the_next(make_store: MakeStore) -> None:
    class Interrupted(ScriptedSource):
        def fetch(
            self,
            model: Model,
            file: ModelFile,
            destination: Path,
            staging: Path,
            progress: Progress,
        ) -> str | None:
            kept = staging / "archive"
            if not kept.exists():
                kept.write_bytes(GOOD)
                raise KeyboardInterrupt
            shutil.copy(kept, destination)
            return None

    store = make_store(Interrupted("index"))
    with pytest.raises(KeyboardInterrupt):
        store.ensure("toy")
    assert (store.ensure("toy") / "model.bin").read_bytes() == GOOD


def test_a_model_made_here_gets_its_original_first(tmp_path: Path) -> None:
    original = Model("base", "CC0", "", (ModelFile("model.gguf", sha256(GOOD), len(GOOD)),))
    recipe = Requantised("base", "Q4_0")
    made = Model("small", "CC0", "", (ModelFile("model.gguf", None, None, made=recipe),))
    models = {"base": original, "small": made}
    base_store = Store(tmp_path, models=models, sources=(ScriptedSource("hub", GOOD),))

    def shrink(
        source: Path, target: Path, recipe: Requantised, on_poll: Callable[[], None]
    ) -> None:
        target.write_bytes(recipe.quantisation.encode() + source.read_bytes()[:7])

    store = Store(tmp_path, models=models, sources=(RequantisedSource(base_store.ensure, shrink),))
    assert (store.ensure("small") / "model.gguf").read_bytes() == b"Q4_0weights"
    assert (tmp_path / "base" / "model.gguf").exists()


def test_what_the_origin_vouches_for_is_checked(make_store: MakeStore) -> None:
    lying = ScriptedSource("hub", BAD, vouched=sha256(GOOD))
    with pytest.raises(ModelUnavailable, match=sha256(BAD)):
        make_store(lying, model=UNHASHED).ensure("toy")
    honest = ScriptedSource("hub", GOOD, vouched=sha256(GOOD))
    make_store(honest, model=UNHASHED).ensure("toy")


def test_a_hash_seen_first_is_held_against_later(make_store: MakeStore) -> None:
    store = make_store(ScriptedSource("hub", GOOD, "down"), model=UNHASHED)
    path = store.ensure("toy") / "model.bin"
    path.write_bytes(BAD)
    with pytest.raises(ModelUnavailable, match=f"sha256 {sha256(BAD)}, expected {sha256(GOOD)}"):
        store.ensure("toy")


def test_a_file_put_by_hand_without_a_known_hash_is_taken_and_said(make_store: MakeStore) -> None:
    store = make_store(model=UNHASHED)
    path = put(store.root, GOOD)
    progress = Lines()
    assert store.ensure("toy", progress) == path.parent
    assert "no hash is published" in progress.text


def test_an_extra_folder_is_used_in_place_and_not_written(
    make_store: MakeStore, tmp_path: Path
) -> None:
    path = put(tmp_path / "mounted", GOOD)
    store = make_store(extra=(tmp_path / "mounted",))
    assert store.ensure("toy") == path.parent
    assert [p for p in (tmp_path / "mounted").rglob("*") if p.is_file()] == [path]


def test_a_corrupt_extra_folder_is_named_and_passed_over(
    make_store: MakeStore, tmp_path: Path
) -> None:
    path = put(tmp_path / "mounted", BAD)
    store = make_store(ScriptedSource("hub", GOOD), extra=(tmp_path / "mounted",))
    progress = Lines()
    assert store.ensure("toy", progress) == store.root / "toy"
    assert f"{path} is corrupt" in progress.text
    assert path.read_bytes() == BAD


def test_two_at_once_fetch_once(make_store: MakeStore) -> None:
    source = ScriptedSource("hub", GOOD)
    stores = [make_store(source) for _ in range(4)]
    threads = [threading.Thread(target=store.ensure, args=("toy",)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.asked == 1
    assert make_store().ensure("toy")


def test_who_waits_for_another_leaves_its_folder_alone(make_store: MakeStore) -> None:
    store = make_store(ScriptedSource("hub", GOOD))
    staging = store.root / ".partial" / "toy"
    staging.parent.mkdir(parents=True)

    class Waiting(Lines):
        def note(self, text: str) -> None:
            super().note(text)
            if "another process" in text:
                assert not staging.exists()
                lock.release()

    lock = FileLock(staging.with_name("toy.lock"))
    lock.acquire()
    progress = Waiting()
    store.ensure("toy", progress)
    assert "another process is fetching toy" in progress.text


def test_too_little_room_is_said_before_anything_is_fetched(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource("hub", GOOD)
    store = make_store(source)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(ModelError, match="make room"):
        store.ensure("toy")
    assert source.asked == 0


def test_what_a_killed_download_left_is_no_progress(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(ScriptedSource("index", GOOD))
    staging = store.root / ".partial" / "toy"
    (staging / "incoming-1").mkdir(parents=True)
    (staging / "incoming-1" / "part").write_bytes(GOOD)
    (staging / "archive").write_bytes(GOOD[:7])
    free = int(1.5 * len(GOOD))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 8, free))
    with pytest.raises(ModelError, match="make room"):
        store.ensure("toy")
    assert [path.name for path in staging.iterdir()] == ["archive"]


def test_a_root_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("a file")
    store = Store(tmp_path / "root", models={"toy": MODEL}, sources=())
    with pytest.raises(ModelError, match=r"root.* cannot be written"):
        store.ensure("toy")


def test_an_unknown_model_lists_the_known(make_store: MakeStore) -> None:
    with pytest.raises(UnknownModel, match="'tiny'; there are: toy"):
        make_store().ensure("tiny")


def test_unreadable_stamps_only_cost_a_hash(make_store: MakeStore) -> None:
    store = make_store(ScriptedSource("hub", GOOD))
    store.ensure("toy")
    (store.root / ".verified" / "toy.json").write_text("[1, 2")
    assert store.ensure("toy")


def refuse(path: Path, *arguments: object) -> bool:
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize("place", ["pathlib.Path.is_dir", "agent.models.store.hash_file"])
def test_what_cannot_be_read_is_named(
    make_store: MakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    put(tmp_path / "mounted", GOOD)
    store = make_store(ScriptedSource("hub", GOOD), extra=(tmp_path / "mounted",))
    monkeypatch.setattr(place, refuse)
    named = (
        rf"^toy: {tmp_path}/mounted/toy.* cannot be used \(Permission denied\): make it readable"
    )
    with pytest.raises(ModelError, match=named):
        store.ensure("toy")


def test_files_that_cannot_be_read_are_named_to_who_verifies(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    path = put(store.root, GOOD)
    monkeypatch.setattr("agent.models.store.hash_file", refuse)
    with pytest.raises(ModelError, match=rf"^toy: {path} cannot be used"):
        store.inspect("toy", Lines())


def test_what_an_interrupted_try_left_takes_no_more_room(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(ScriptedSource("hub", GOOD))
    staging = store.root / ".partial" / "toy"
    staging.mkdir(parents=True)
    (staging / "archive").write_bytes(GOOD)
    free = int(1.2 * len(GOOD))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 8, free))
    assert store.ensure("toy")
