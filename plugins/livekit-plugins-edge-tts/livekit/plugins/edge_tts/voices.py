"""The voices of each language; the first is the one it gets unless one is named."""

from itertools import cycle
from typing import Literal, TypeAlias, get_args

from livekit.agents import LanguageCode

Gender: TypeAlias = Literal["female", "male"]

# A tag with a region wins over its base language. Women and men by turns; names: the service's
# public voice list (`edge-tts --list-voices`).
VOICES: dict[str, tuple[str, ...]] = {
    "af": ("af-ZA-AdriNeural", "af-ZA-WillemNeural"),
    "am": ("am-ET-MekdesNeural", "am-ET-AmehaNeural"),
    "ar": ("ar-EG-SalmaNeural", "ar-EG-ShakirNeural"),
    "ar-SA": ("ar-SA-ZariyahNeural", "ar-SA-HamedNeural"),
    "az": ("az-AZ-BanuNeural", "az-AZ-BabekNeural"),
    "bg": ("bg-BG-KalinaNeural", "bg-BG-BorislavNeural"),
    "bn": ("bn-BD-NabanitaNeural", "bn-BD-PradeepNeural"),
    "bn-IN": ("bn-IN-TanishaaNeural", "bn-IN-BashkarNeural"),
    "bs": ("bs-BA-VesnaNeural", "bs-BA-GoranNeural"),
    "ca": ("ca-ES-JoanaNeural", "ca-ES-EnricNeural"),
    "cs": ("cs-CZ-VlastaNeural", "cs-CZ-AntoninNeural"),
    "cy": ("cy-GB-NiaNeural", "cy-GB-AledNeural"),
    "da": ("da-DK-ChristelNeural", "da-DK-JeppeNeural"),
    "de": (
        "de-DE-KatjaNeural",
        "de-DE-ConradNeural",
        "de-DE-SeraphinaMultilingualNeural",
        "de-DE-FlorianMultilingualNeural",
    ),
    "de-AT": ("de-AT-IngridNeural", "de-AT-JonasNeural"),
    "de-CH": ("de-CH-LeniNeural", "de-CH-JanNeural"),
    "el": ("el-GR-AthinaNeural", "el-GR-NestorasNeural"),
    "en": (
        "en-US-EmmaMultilingualNeural",
        "en-US-AndrewMultilingualNeural",
        "en-US-AvaMultilingualNeural",
        "en-US-BrianMultilingualNeural",
    ),
    "en-AU": ("en-AU-NatashaNeural", "en-AU-WilliamMultilingualNeural"),
    "en-CA": ("en-CA-ClaraNeural", "en-CA-LiamNeural"),
    "en-GB": ("en-GB-SoniaNeural", "en-GB-RyanNeural", "en-GB-LibbyNeural", "en-GB-ThomasNeural"),
    "en-IE": ("en-IE-EmilyNeural", "en-IE-ConnorNeural"),
    "en-IN": ("en-IN-NeerjaNeural", "en-IN-PrabhatNeural"),
    "en-NZ": ("en-NZ-MollyNeural", "en-NZ-MitchellNeural"),
    "es": ("es-ES-ElviraNeural", "es-ES-AlvaroNeural", "es-ES-XimenaNeural"),
    "es-AR": ("es-AR-ElenaNeural", "es-AR-TomasNeural"),
    "es-CO": ("es-CO-SalomeNeural", "es-CO-GonzaloNeural"),
    "es-MX": ("es-MX-DaliaNeural", "es-MX-JorgeNeural"),
    "es-US": ("es-US-PalomaNeural", "es-US-AlonsoNeural"),
    "et": ("et-EE-AnuNeural", "et-EE-KertNeural"),
    "fa": ("fa-IR-DilaraNeural", "fa-IR-FaridNeural"),
    "fi": ("fi-FI-NooraNeural", "fi-FI-HarriNeural"),
    "fil": ("fil-PH-BlessicaNeural", "fil-PH-AngeloNeural"),
    "fr": (
        "fr-FR-DeniseNeural",
        "fr-FR-HenriNeural",
        "fr-FR-VivienneMultilingualNeural",
        "fr-FR-RemyMultilingualNeural",
    ),
    "fr-BE": ("fr-BE-CharlineNeural", "fr-BE-GerardNeural"),
    "fr-CA": ("fr-CA-SylvieNeural", "fr-CA-AntoineNeural"),
    "fr-CH": ("fr-CH-ArianeNeural", "fr-CH-FabriceNeural"),
    "ga": ("ga-IE-OrlaNeural", "ga-IE-ColmNeural"),
    "gl": ("gl-ES-SabelaNeural", "gl-ES-RoiNeural"),
    "gu": ("gu-IN-DhwaniNeural", "gu-IN-NiranjanNeural"),
    "he": ("he-IL-HilaNeural", "he-IL-AvriNeural"),
    "hi": ("hi-IN-SwaraNeural", "hi-IN-MadhurNeural"),
    "hr": ("hr-HR-GabrijelaNeural", "hr-HR-SreckoNeural"),
    "hu": ("hu-HU-NoemiNeural", "hu-HU-TamasNeural"),
    "id": ("id-ID-GadisNeural", "id-ID-ArdiNeural"),
    "is": ("is-IS-GudrunNeural", "is-IS-GunnarNeural"),
    "it": (
        "it-IT-ElsaNeural",
        "it-IT-DiegoNeural",
        "it-IT-IsabellaNeural",
        "it-IT-GiuseppeMultilingualNeural",
    ),
    "ja": ("ja-JP-NanamiNeural", "ja-JP-KeitaNeural"),
    "jv": ("jv-ID-SitiNeural", "jv-ID-DimasNeural"),
    "ka": ("ka-GE-EkaNeural", "ka-GE-GiorgiNeural"),
    "kk": ("kk-KZ-AigulNeural", "kk-KZ-DauletNeural"),
    "km": ("km-KH-SreymomNeural", "km-KH-PisethNeural"),
    "kn": ("kn-IN-SapnaNeural", "kn-IN-GaganNeural"),
    "ko": ("ko-KR-SunHiNeural", "ko-KR-InJoonNeural"),
    "lo": ("lo-LA-KeomanyNeural", "lo-LA-ChanthavongNeural"),
    "lt": ("lt-LT-OnaNeural", "lt-LT-LeonasNeural"),
    "lv": ("lv-LV-EveritaNeural", "lv-LV-NilsNeural"),
    "mk": ("mk-MK-MarijaNeural", "mk-MK-AleksandarNeural"),
    "ml": ("ml-IN-SobhanaNeural", "ml-IN-MidhunNeural"),
    "mn": ("mn-MN-YesuiNeural", "mn-MN-BataaNeural"),
    "mr": ("mr-IN-AarohiNeural", "mr-IN-ManoharNeural"),
    "ms": ("ms-MY-YasminNeural", "ms-MY-OsmanNeural"),
    "mt": ("mt-MT-GraceNeural", "mt-MT-JosephNeural"),
    "my": ("my-MM-NilarNeural", "my-MM-ThihaNeural"),
    "nb": ("nb-NO-PernilleNeural", "nb-NO-FinnNeural"),
    "ne": ("ne-NP-HemkalaNeural", "ne-NP-SagarNeural"),
    "nl": ("nl-NL-ColetteNeural", "nl-NL-MaartenNeural"),
    "nl-BE": ("nl-BE-DenaNeural", "nl-BE-ArnaudNeural"),
    "pl": ("pl-PL-ZofiaNeural", "pl-PL-MarekNeural"),
    "ps": ("ps-AF-LatifaNeural", "ps-AF-GulNawazNeural"),
    "pt": ("pt-BR-FranciscaNeural", "pt-BR-AntonioNeural", "pt-BR-ThalitaMultilingualNeural"),
    "pt-PT": ("pt-PT-RaquelNeural", "pt-PT-DuarteNeural"),
    "ro": ("ro-RO-AlinaNeural", "ro-RO-EmilNeural"),
    "ru": ("ru-RU-SvetlanaNeural", "ru-RU-DmitryNeural"),
    "si": ("si-LK-ThiliniNeural", "si-LK-SameeraNeural"),
    "sk": ("sk-SK-ViktoriaNeural", "sk-SK-LukasNeural"),
    "sl": ("sl-SI-PetraNeural", "sl-SI-RokNeural"),
    "so": ("so-SO-UbaxNeural", "so-SO-MuuseNeural"),
    "sq": ("sq-AL-AnilaNeural", "sq-AL-IlirNeural"),
    "sr": ("sr-RS-SophieNeural", "sr-RS-NicholasNeural"),
    "su": ("su-ID-TutiNeural", "su-ID-JajangNeural"),
    "sv": ("sv-SE-SofieNeural", "sv-SE-MattiasNeural"),
    "sw": ("sw-KE-ZuriNeural", "sw-KE-RafikiNeural"),
    "ta": ("ta-IN-PallaviNeural", "ta-IN-ValluvarNeural"),
    "te": ("te-IN-ShrutiNeural", "te-IN-MohanNeural"),
    "th": ("th-TH-PremwadeeNeural", "th-TH-NiwatNeural"),
    "tr": ("tr-TR-EmelNeural", "tr-TR-AhmetNeural"),
    "uk": ("uk-UA-PolinaNeural", "uk-UA-OstapNeural"),
    "ur": ("ur-PK-UzmaNeural", "ur-PK-AsadNeural"),
    "uz": ("uz-UZ-MadinaNeural", "uz-UZ-SardorNeural"),
    "vi": ("vi-VN-HoaiMyNeural", "vi-VN-NamMinhNeural"),
    "zh": (
        "zh-CN-XiaoxiaoNeural",
        "zh-CN-YunyangNeural",
        "zh-CN-XiaoyiNeural",
        "zh-CN-YunxiNeural",
    ),
    "zh-HK": ("zh-HK-HiuMaanNeural", "zh-HK-WanLungNeural"),
    "zh-TW": ("zh-TW-HsiaoChenNeural", "zh-TW-YunJheNeural"),
    "zu": ("zu-ZA-ThandoNeural", "zu-ZA-ThembaNeural"),
}
# Other names of the same languages.
_ALIASES = {"no": "nb", "tl": "fil", "yue": "zh-HK", "iw": "he", "in": "id", "zh-Hant": "zh-TW"}


_GENDERS: dict[str, Gender] = {
    name: gender
    for names in VOICES.values()
    for name, gender in zip(names, cycle(get_args(Gender)), strict=False)
}


def voice_of(language: str) -> str:
    """The default voice of ``language`` (BCP-47).

    Raises:
        ValueError: none is known; the message lists the languages that have one.
    """
    return voices_of(language)[0]


def voices_of(language: str) -> tuple[str, ...]:
    """The voices of ``language`` (BCP-47) that are known here, the default one first.

    Raises:
        ValueError: as for :func:`voice_of`.
    """
    code = LanguageCode(language)
    for tag in (str(code), f"{code.language}-{code.region}", code.language):
        voices = VOICES.get(_ALIASES.get(tag, tag))
        if voices is not None:
            return voices
    raise ValueError(
        f"no Edge voice is known for language {language!r}; there are voices for "
        f"{', '.join(VOICES)}. Use one of these or pass voice= with the name of a voice "
        "(`edge-tts --list-voices` prints them)."
    )


def gender_of(voice: str) -> Gender | None:
    """Whose voice it is; None for one that is not known here."""
    return _GENDERS.get(voice)
