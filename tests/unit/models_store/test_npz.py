"""An archive of arrays that is the same whichever Python writes it."""

import hashlib
import io

import numpy as np
import pytest

from agent.models.npz import write_npz

pytestmark = pytest.mark.unit

ARRAYS = {"b": np.arange(6, dtype="<f4").reshape(3, 1, 2), "a": np.zeros(0, "<i2")}


def written() -> bytes:
    output = io.BytesIO()
    write_npz(output, ARRAYS)
    return output.getvalue()


def test_numpy_reads_the_arrays_in_their_order() -> None:
    loaded = np.load(io.BytesIO(written()))
    assert loaded.files == ["b", "a"]
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype


def test_the_bytes_are_those_of_savez_since_python_3_11_4() -> None:
    digest = "743574dce598ef9d2084260bf68d7a4396243b1731d29035083fd8cf8345fca7"
    assert hashlib.sha256(written()).hexdigest() == digest


def test_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="pickle|object"):
        write_npz(io.BytesIO(), {"a": np.array([object()])})
