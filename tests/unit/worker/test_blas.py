"""numpy's own threads."""

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from agent.engines.blas import use_one_thread

pytestmark = pytest.mark.unit


def _blas() -> list[dict[str, object]]:
    return [pool for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.skipif(not _blas(), reason="numpy's BLAS here is one that threadpoolctl cannot set")
def test_matrix_products_stay_on_the_thread_that_asks_for_them() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        assert {pool["num_threads"] for pool in _blas()} == {2}
        use_one_thread()
        assert {pool["num_threads"] for pool in _blas()} == {1}
