"""numpy's own threads."""

from threadpoolctl import threadpool_limits


def use_one_thread() -> None:
    """Keep numpy's matrix products on the thread that asks for them, in all of the process.

    Recognition multiplies a small matrix for each step. OpenBLAS would wake a thread for it on
    every core, and each then spins for some 30 ms in case there is more to do: on two cores that
    took as much time as the voice needs for a second of speech out of ten.
    """
    threadpool_limits(limits=1, user_api="blas")
