import logging

logger = logging.getLogger("livekit.plugins.llama_cpp")
