"""The voice that each language gets unless one is named."""

from livekit.agents import LanguageCode

# A tag with a region wins over its base language. Names: the service's public voice list.
VOICES = {
    "af": "af-ZA-AdriNeural",
    "am": "am-ET-MekdesNeural",
    "ar": "ar-EG-SalmaNeural",
    "ar-SA": "ar-SA-ZariyahNeural",
    "az": "az-AZ-BanuNeural",
    "bg": "bg-BG-KalinaNeural",
    "bn": "bn-BD-NabanitaNeural",
    "bn-IN": "bn-IN-TanishaaNeural",
    "bs": "bs-BA-VesnaNeural",
    "ca": "ca-ES-JoanaNeural",
    "cs": "cs-CZ-VlastaNeural",
    "cy": "cy-GB-NiaNeural",
    "da": "da-DK-ChristelNeural",
    "de": "de-DE-KatjaNeural",
    "de-AT": "de-AT-IngridNeural",
    "de-CH": "de-CH-LeniNeural",
    "el": "el-GR-AthinaNeural",
    "en": "en-US-EmmaMultilingualNeural",
    "en-AU": "en-AU-NatashaNeural",
    "en-CA": "en-CA-ClaraNeural",
    "en-GB": "en-GB-SoniaNeural",
    "en-IE": "en-IE-EmilyNeural",
    "en-IN": "en-IN-NeerjaNeural",
    "en-NZ": "en-NZ-MollyNeural",
    "es": "es-ES-ElviraNeural",
    "es-AR": "es-AR-ElenaNeural",
    "es-CO": "es-CO-SalomeNeural",
    "es-MX": "es-MX-DaliaNeural",
    "es-US": "es-US-PalomaNeural",
    "et": "et-EE-AnuNeural",
    "fa": "fa-IR-DilaraNeural",
    "fi": "fi-FI-NooraNeural",
    "fil": "fil-PH-BlessicaNeural",
    "fr": "fr-FR-DeniseNeural",
    "fr-BE": "fr-BE-CharlineNeural",
    "fr-CA": "fr-CA-SylvieNeural",
    "fr-CH": "fr-CH-ArianeNeural",
    "ga": "ga-IE-OrlaNeural",
    "gl": "gl-ES-SabelaNeural",
    "gu": "gu-IN-DhwaniNeural",
    "he": "he-IL-HilaNeural",
    "hi": "hi-IN-SwaraNeural",
    "hr": "hr-HR-GabrijelaNeural",
    "hu": "hu-HU-NoemiNeural",
    "id": "id-ID-GadisNeural",
    "is": "is-IS-GudrunNeural",
    "it": "it-IT-ElsaNeural",
    "ja": "ja-JP-NanamiNeural",
    "jv": "jv-ID-SitiNeural",
    "ka": "ka-GE-EkaNeural",
    "kk": "kk-KZ-AigulNeural",
    "km": "km-KH-SreymomNeural",
    "kn": "kn-IN-SapnaNeural",
    "ko": "ko-KR-SunHiNeural",
    "lo": "lo-LA-KeomanyNeural",
    "lt": "lt-LT-OnaNeural",
    "lv": "lv-LV-EveritaNeural",
    "mk": "mk-MK-MarijaNeural",
    "ml": "ml-IN-SobhanaNeural",
    "mn": "mn-MN-YesuiNeural",
    "mr": "mr-IN-AarohiNeural",
    "ms": "ms-MY-YasminNeural",
    "mt": "mt-MT-GraceNeural",
    "my": "my-MM-NilarNeural",
    "nb": "nb-NO-PernilleNeural",
    "ne": "ne-NP-HemkalaNeural",
    "nl": "nl-NL-ColetteNeural",
    "nl-BE": "nl-BE-DenaNeural",
    "pl": "pl-PL-ZofiaNeural",
    "ps": "ps-AF-LatifaNeural",
    "pt": "pt-BR-FranciscaNeural",
    "pt-PT": "pt-PT-RaquelNeural",
    "ro": "ro-RO-AlinaNeural",
    "ru": "ru-RU-SvetlanaNeural",
    "si": "si-LK-ThiliniNeural",
    "sk": "sk-SK-ViktoriaNeural",
    "sl": "sl-SI-PetraNeural",
    "so": "so-SO-UbaxNeural",
    "sq": "sq-AL-AnilaNeural",
    "sr": "sr-RS-SophieNeural",
    "su": "su-ID-TutiNeural",
    "sv": "sv-SE-SofieNeural",
    "sw": "sw-KE-ZuriNeural",
    "ta": "ta-IN-PallaviNeural",
    "te": "te-IN-ShrutiNeural",
    "th": "th-TH-PremwadeeNeural",
    "tr": "tr-TR-EmelNeural",
    "uk": "uk-UA-PolinaNeural",
    "ur": "ur-PK-UzmaNeural",
    "uz": "uz-UZ-MadinaNeural",
    "vi": "vi-VN-HoaiMyNeural",
    "zh": "zh-CN-XiaoxiaoNeural",
    "zh-HK": "zh-HK-HiuMaanNeural",
    "zh-TW": "zh-TW-HsiaoChenNeural",
    "zu": "zu-ZA-ThandoNeural",
}
# Other names of the same languages.
_ALIASES = {"no": "nb", "tl": "fil", "yue": "zh-HK", "iw": "he", "in": "id", "zh-Hant": "zh-TW"}


def voice_of(language: str) -> str:
    """The default voice of ``language`` (BCP-47).

    Raises:
        ValueError: none is known; the message lists the languages that have one.
    """
    code = LanguageCode(language)
    for tag in (str(code), f"{code.language}-{code.region}", code.language):
        voice = VOICES.get(_ALIASES.get(tag, tag))
        if voice is not None:
            return voice
    raise ValueError(
        f"no Edge voice is known for language {language!r}; there are voices for "
        f"{', '.join(VOICES)}. Use one of these or pass voice= with the name of a voice "
        "(`edge-tts --list-voices` prints them)."
    )
