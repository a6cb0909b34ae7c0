"""One recording, interpreted through a real livekit-server by a real worker, for ears and eyes."""
