"""The folder of a run: what is where, who may write in it, and what is cut off when it goes on from a checkpoint.

RUN/config.json                     what was asked for; written before the first step
RUN/checkpoints/000000012800.keras  the model after 12,800 real images, and its manifest 000000012800.json
RUN/samples/000000012800.png        samples from latents that stay the same
RUN/log.jsonl                       one JSON line an interval
RUN/events/                         the same for TensorBoard
RUN/scores.jsonl                    one JSON line a score, with all that it depends on
RUN/best/                           the checkpoint whose first score is the best so far
RUN/statistics/                     mean and covariance of real features, by fingerprint
"""

import contextlib
import errno
import fcntl
import json
import os
import pathlib

from keras_gans.training import files

FORMAT = 1  # of config.json
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
SECTIONS = (
    "config",
    "compile",
    "training",
    "schedule",
    "data",
    "budget",
    "resolved",
    "environment",
)  # of config.json, where there
DIGITS = 12  # of the images seen in file names


class RunFolder:
    """A run folder that exists, or one that is about to.

    Args:
        path: str or path.

    Example:

    >>> import tempfile
    >>> run = RunFolder(tempfile.mkdtemp()).create({"model": "dcgan"})
    >>> RunFolder.open(run.path).config["model"]
    'dcgan'
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._locked = False

    def __str__(self):
        return str(self.path)

    @property
    def config_path(self):
        """Path of config.json."""
        return self.path / "config.json"

    @property
    def checkpoints(self):
        """Path of the folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def samples(self):
        """Path of the folder of sample grids."""
        return self.path / "samples"

    @property
    def log(self):
        """Path of the file of JSON lines."""
        return self.path / "log.jsonl"

    @property
    def events(self):
        """Path of the folder of TensorBoard's event files."""
        return self.path / "events"

    @property
    def scores(self):
        """Path of the file of scores, JSON lines."""
        return self.path / "scores.jsonl"

    @property
    def best(self):
        """Path of the folder of the best checkpoint."""
        return self.path / "best"

    @property
    def statistics(self):
        """Path of the folder of statistics of real images."""
        return self.path / "statistics"

    @property
    def exists(self):
        """Whether there is a run here: a config.json."""
        return self.config_path.is_file()

    @classmethod
    def open(cls, path):
        """Opens a run that somebody wants to read.

        Args:
            path: str or path.

        Returns:
            `RunFolder`.

        Raises:
            ValueError: where `path` is no run folder.
        """
        run = cls(path)
        if not run.exists:
            state = "is a file" if run.path.is_file() else "has no config.json" if run.path.is_dir() else "is not there"
            raise ValueError(f"Expected the folder of a run that `keras-gans train` wrote. Received: {run} ({state})")
        run.config  # noqa: B018, read now so that a broken one is named here
        return run

    def create(self, config):
        """Makes the folders and writes the configuration.

        Args:
            config: dict of JSON values.

        Returns:
            self.

        Raises:
            ValueError: where the folder holds other things, or cannot be written to.
        """
        self.check_new()
        self.prepare()
        self.write_config(config)  # first: from here on there is a run, whatever happens
        self.make_folders()
        return self

    def make_folders(self):
        """Makes the folders in the folder, where they are not there.

        Raises:
            ValueError: where a file has the name of one, or they cannot be made.
        """
        for folder in (self.checkpoints, self.samples, self.events):
            with writing(folder):
                folder.mkdir(exist_ok=True)

    def check_new(self):
        """Raises `ValueError` where no run can be begun here: other things are in the folder, or it is read-only."""
        there = self.path.iterdir() if self.path.is_dir() else ()
        others = sorted(path.name for path in there if not self._is_remnant(path))
        if others:
            raise ValueError(
                f"Expected an empty folder, a new one, or a run. Received: out={str(self)!r}, which holds "
                f"{', '.join(others[:3])}{' ...' if len(others) > 3 else ''}"
                + (" (a run already)" if self.exists else " and no config.json")
            )
        check_writable(self.path)

    def _is_remnant(self, path):
        """Whether a run that never came to its configuration left this: a lock, an unfinished file, an empty folder."""
        own = (self.checkpoints, self.samples, self.events)
        remnant = path.name == ".lock" or path.name.startswith(files.PARTIAL)
        return remnant or (path in own and path.is_dir() and not any(path.iterdir()))

    def prepare(self):
        """Makes the folder itself, so that it can be locked."""
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)

    @property
    def config(self):
        """The content of config.json, a dict.

        Raises:
            ValueError: where it cannot be read or is of a newer format.
        """
        try:
            config = json.loads(self.config_path.read_text())
            version = config.get("format", FORMAT)
        except (OSError, ValueError, AttributeError, RecursionError) as error:
            raise ValueError(f"Expected a readable {self.config_path}. Received: {error}") from error
        if not isinstance(version, int):
            raise ValueError(f"Expected a number. Received: format={version!r} in {self.config_path}")
        if any(not isinstance(config.get(name, {}), dict) for name in SECTIONS):
            raise ValueError(f"Expected {', '.join(SECTIONS)} to be groups of settings. Received: {self.config_path}")
        if version > FORMAT:
            raise ValueError(
                f"Expected a run of format {FORMAT} or older; this one was written by a newer keras_gans. "
                f"Received: format={version} in {self.config_path}"
            )
        return config

    def first(self, name):
        """The first value of a name in the log; None where there is none."""
        if self.log.is_file():
            with open(self.log, "rb") as lines:
                for line in lines:
                    with contextlib.suppress(ValueError, AttributeError, RecursionError):  # cut in half
                        if (value := json.loads(line).get(name)) is not None:
                            return value
        return None

    def write_config(self, config):
        """Writes config.json atomically; the arguments and errors are those of `create`."""
        with writing(self.path):
            files.write_json(self.config_path, {"format": FORMAT, **config})

    @contextlib.contextmanager
    def lock(self):
        """Holds the folder for one writer; the lock goes with the process, however it ends.

        Inside of a block that holds it already this does nothing.

        Raises:
            ValueError: where another process trains in this folder.
        """
        if self._locked:
            yield self
            return
        with writing(self.path):
            descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
                raise ValueError(
                    f"Expected a run that nobody else trains. Received: out={str(self)!r}, in which process {holder} "
                    "is training"
                ) from error
            except OSError:
                pass  # a file system without locks
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            self._locked = True
            yield self
        finally:
            self._locked = False
            os.close(descriptor)

    def set_aside(self):
        """Renames the folder to the first free RUN.old-1, RUN.old-2, ...

        Returns:
            `pathlib.Path` of where it is now.
        """
        number = 1
        path = pathlib.Path(os.path.abspath(self.path))  # "." has no name
        while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
            number += 1
        with writing(path.parent):
            path.rename(aside)
        return aside

    def cut(self, images_seen):
        """Takes away what was recorded after `images_seen` images, and what a killed process left unfinished.

        JSON lines, sample grids, TensorBoard's events and checkpoints all end where the run will go on. A checkpoint
        past that point is one that could not be used: it is kept under a name that ends in `.damaged`. The best one
        stays, wherever it was made.

        Args:
            images_seen: int, the position from which the run goes on.
        """
        from keras_gans.training import cutting  # which imports this module

        cutting.cut(self, images_seen)


def position_of(path):
    """The images seen of a file that `file_name` named; None for a file of another name."""
    stem = pathlib.Path(path).stem
    return int(stem) if stem.isascii() and stem.isdigit() else None


def file_name(images_seen, suffix):
    """The name of a file of a position: `file_name(12800, ".png")` is "000000012800.png"."""
    return f"{images_seen:0{DIGITS}d}{suffix}"


def check_writable(path):
    """Raises `ValueError` where nothing can be written at a path: it is below a file or in a read-only folder.

    Args:
        path: str or path of a folder that need not exist.
    """
    path = pathlib.Path(path)
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        reason = "it cannot be written to" if there.is_dir() else "it is a file"
        raise ValueError(f"Expected a folder that can be written to. Received: {str(path)!r} ({there}: {reason})")


@contextlib.contextmanager
def writing(path):
    """Turns the errors of a folder that cannot be written to into a `ValueError` that names it."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise ValueError(f"Expected a folder that can be written to. Received: {path} ({error.strerror})") from error
