"""Files that are either whole or not there: what a killed process, a full disk or a power cut leaves behind."""

import contextlib
import hashlib
import json
import os
import pathlib

PARTIAL = ".partial-"  # prefix of the names that unfinished files have


@contextlib.contextmanager
def atomic(path):
    """Yields another path in the same folder; what was written there takes the place of `path` when all went well.

    The bytes are on the disk before the name is (fsync, rename, fsync of the folder), so that a reader finds either
    the old file or the new one, whole. When the block raises, the unfinished file goes and the old one stays.

    Args:
        path: str or path of the file to write; its folder must exist.

    Yields:
        `pathlib.Path` to write to: `.partial-` and the name of `path`, with the same suffix.

    Raises:
        OSError: where the folder is not writable or the disk is full.

    Example:

    >>> import tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> with atomic(target) as partial:
    ...     _ = partial.write_text("1 2 3")
    >>> target.read_text()
    '1 2 3'
    """
    path = pathlib.Path(path)
    partial = path.with_name(PARTIAL + path.name)
    try:
        yield partial
        sync(partial)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_bytes(path, content):
    """Writes `content` (bytes) to `path` atomically."""
    with atomic(path) as partial:
        partial.write_bytes(content)


def append_line(path, value):
    """Adds `value` to a file of JSON lines, as one write that is on the disk before this returns.

    Args:
        path: str or path; made where it is not there.
        value: JSON value; numbers that are not finite become NaN and Infinity, as `json.loads` takes them.
    """
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(value) + "\n")
        file.flush()
        os.fsync(file.fileno())


def write_json(path, value):
    """Writes `value` to `path` atomically, as indented JSON with a newline at the end."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


def sha256(path):
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_partial(folder):
    """Removes the unfinished files that a killed process left in `folder`."""
    for path in pathlib.Path(folder).glob(PARTIAL + "*"):
        path.unlink(missing_ok=True)


def sync(path):
    """Waits until what was written to a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
