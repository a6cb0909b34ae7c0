"""Where the page's server and worker write what they do."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def log_folder() -> Iterator[Path]:
    """A folder that goes when all went well or was interrupted, and stays for who has to look."""
    folder = Path(tempfile.mkdtemp(prefix="livekit-interpreter-"))
    went_wrong = False
    try:
        yield folder
    except Exception:
        went_wrong = True
        raise
    finally:
        if not went_wrong:
            shutil.rmtree(folder, ignore_errors=True)
