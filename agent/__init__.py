"""The interpreting worker: joins LiveKit rooms and republishes speakers translated."""
