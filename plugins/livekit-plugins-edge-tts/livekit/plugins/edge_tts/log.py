import logging

logger = logging.getLogger("livekit.plugins.edge_tts")
