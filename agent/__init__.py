"""The interpreting worker: joins LiveKit rooms and republishes speakers translated."""

import os

# What happens here is nobody else's business. ONNX Runtime reports to its maker from the moment
# that it is first imported, with an identifier of this machine, unless this is set by then
# (its Privacy.md). Whoever wants that sets it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251

# Where rooms share a process, LiveKit loads a model that tells when somebody has finished their
# turn, 250 MB that nothing here asks for.
os.environ.setdefault("LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE", "0")  # noqa: TID251
