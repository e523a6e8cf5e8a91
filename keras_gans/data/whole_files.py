"""Files that are whole or not there, and folders that a killed process has begun."""

import os

UNFINISHED = ".unfinished"  # ending of the names that unfinished files have


def write_whole(path, data):
    """Writes a file whole or not at all: its bytes are on the disk before it has its name.

    Args:
        path: str.
        data: bytes.

    Raises:
        OSError: the folder cannot be written; a file that was there stays.

    Example:

    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "plan.json")
    >>> write_whole(path, b"{}")
    >>> os.listdir(os.path.dirname(path))
    ['plan.json']
    """
    with open(path + UNFINISHED, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + UNFINISHED, path)


def is_free(directory, first):
    """Whether nothing is in a folder but, perhaps, what a process that was killed at its very start left.

    Args:
        directory: str, the folder.
        first: str, name of the file that is written there before all others.
    """
    return set(os.listdir(directory)) <= {first + UNFINISHED}
