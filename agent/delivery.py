"""How the worker's voices deliver what they say."""

from livekit.plugins.cascade import CALM, PROMPT, Delivery

from .config import DeliveryName, TtsSettings

_DELIVERIES: dict[DeliveryName, Delivery] = {"prompt": PROMPT, "calm": CALM}


def delivery_for(settings: TtsSettings) -> Delivery:
    """What the settings ask for."""
    return _DELIVERIES[settings.delivery].at_most(settings.highest_speed)
