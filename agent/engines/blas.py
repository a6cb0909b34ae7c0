"""numpy's own threads."""

from threadpoolctl import threadpool_limits


def use_one_thread() -> None:
    """Keep numpy's matrix products on the thread that asks for them, in all of the process.

    Recognition multiplies a small matrix at each step. OpenBLAS wakes a thread on every core for
    it, and each then spins for a while in case there is more to do, which takes 3 % of two cores
    from the models.
    """
    threadpool_limits(limits=1, user_api="blas")
