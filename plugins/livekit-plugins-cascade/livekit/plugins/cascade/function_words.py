"""Words of four letters and more after which no phrase ends. Pure.

Prepositions, conjunctions, articles, possessives and auxiliaries; shorter words count as such in
every language, see :func:`.text.leans_on_next`. A language that is missing here has only those.
"""

from .text import base_language, leans_on_next

_FUNCTION_WORDS = {
    "en": "about after also although among because been before being between could does doing "
    "during each either every from have having into just like might more most must only onto over "
    "shall should since some such than that their them then there these they this those though "
    "through under unless until very were what when where whether which while will with within "
    "without would your",
    "es": "ante antes aquel aquella aunque bajo como contra cuando cada desde donde durante "
    "entre esta estas este estos están está fueron hacia haber habían hasta mediante mientras "
    "nuestra nuestro para pero porque puede pueden quien según sido siendo sino sobre también "
    "tiene tienen tras unas unos",
    "fr": "afin alors ainsi avant avec avoir avons bien cette chez comme contre dans depuis dont "
    "donc elle elles entre être était étaient jusque leur leurs lorsque mais même notre nous "
    "parce pendant peut peuvent plus pour quand quel quelle sans selon sera sont sous très vers "
    "votre vous",
    "it": "alla alle allo anche avere come contro dalla dalle dallo della delle dello degli "
    "dopo dove durante erano essere hanno mentre nella nelle nello negli nostra nostro oppure "
    "perché però poiché possono prima quale quando quella quello questa questo sono sopra sotto "
    "stata stato sulla sulle sullo tutti verso vostra vostro",
    "pt": "ainda após aquela aquele assim cada como contra desde durante entre essa esse esta este "
    "estão está foram mais mesmo nossa nosso numa onde para pela pelo pode podem porque quando "
    "quem seja sendo sobre também",
    "de": "aber alle auch beim damit dass dein deine denn diese diesem diesen dieser dieses doch "
    "durch eine einem einen einer eines euch gegen haben hatte ihre ihrem ihren ihrer jede jeden "
    "kann kein keine können mehr mein meine muss müssen nach nicht noch oder ohne schon sehr sein "
    "seine seinem seinen seiner sich sind soll sollen sondern über unser unsere unter weil wenn "
    "werden wird wurde wurden zwischen",
}
_BY_LANGUAGE = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}


def leans(unit: str, language: str) -> bool:
    """Whether no phrase of ``language`` (BCP-47) ends with ``unit``: a function word, or so short
    that it may be one, which no mark follows."""
    words = _BY_LANGUAGE.get(base_language(language), frozenset())
    return leans_on_next(unit, language) or unit.strip().lower() in words
