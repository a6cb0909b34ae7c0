"""Arrays as an `.npz` file whose bytes do not depend on the Python that writes it.

`np.savez` leaves the headers to `zipfile`, which writes other ones since Python 3.11.4 and 3.12
(https://github.com/python/cpython/issues/103861): the same arrays would have another sha256 with
the 3.11.2 of Debian 12. These are the newer headers, in which published archives are written.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

# As in PKWARE's APPNOTE, 4.3.7, 4.3.12, 4.3.16 and 4.5.3; `<` is without padding.
_LOCAL_HEADER = struct.Struct("<4sHHHHHLLLHH")
_ZIP64_SIZES = struct.Struct("<HHQQ")
_CENTRAL_HEADER = struct.Struct("<4sBBHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")

_VERSION = 45
_UNIX = 3
_IN_ZIP64_SIZES = 0xFFFFFFFF
_TIME, _DATE = 0, (1 << 5) | 1  # 1 January 1980, where the format's calendar begins
_OWNER_READS_AND_WRITES = 0o600 << 16


def write_npz(output: IO[bytes], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write `arrays` in their order, as `np.savez` does, uncompressed.

    Raises:
        ValueError: An array holds objects.
        struct.error: The file would have 4 GiB or more.
    """
    directory = b""
    for name, array in arrays.items():
        member = f"{name}.npy".encode("ascii")
        contents = _npy(array)
        checksum, size, offset = zlib.crc32(contents), len(contents), output.tell()
        output.write(_local_header(member, checksum, size))
        output.write(contents)
        directory += _central_header(member, checksum, size, offset)
    start = output.tell()
    output.write(directory)
    count = len(arrays)
    output.write(_END.pack(b"PK\5\6", 0, 0, count, count, len(directory), start, 0))


def _npy(array: npt.NDArray[Any]) -> bytes:
    contents = io.BytesIO()
    np.lib.format.write_array(contents, np.asanyarray(array), allow_pickle=False)
    return contents.getvalue()


def _local_header(member: bytes, checksum: int, size: int) -> bytes:
    sizes = _ZIP64_SIZES.pack(1, 16, size, size)
    fixed = _LOCAL_HEADER.pack(
        b"PK\3\4",
        _VERSION,
        0,
        0,
        _TIME,
        _DATE,
        checksum,
        _IN_ZIP64_SIZES,
        _IN_ZIP64_SIZES,
        len(member),
        len(sizes),
    )
    return fixed + member + sizes


def _central_header(member: bytes, checksum: int, size: int, offset: int) -> bytes:
    fixed = _CENTRAL_HEADER.pack(
        b"PK\1\2",
        _VERSION,
        _UNIX,
        _VERSION,
        0,
        0,
        _TIME,
        _DATE,
        checksum,
        size,
        size,
        len(member),
        0,
        0,
        0,
        0,
        _OWNER_READS_AND_WRITES,
        offset,
    )
    return fixed + member
