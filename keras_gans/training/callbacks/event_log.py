"""Scalars and images for TensorBoard, written with TensorFlow alone.

TensorFlow 2.21 no longer brings the `tensorboard` package, and `tf.summary.scalar` needs it. The records themselves
do not: these are the messages of TensorFlow's own protocol, which TensorBoard reads as it reads any other.
"""

import contextlib
import os
import pathlib

import tensorflow as tf

from keras_gans.training import files, grids

Event, Summary = tf.compat.v1.Event, tf.compat.v1.Summary


class EventLog:
    """An open event file.

    Args:
        folder: str or path; made where it is not there.

    Raises:
        OSError: where it cannot be written to (full disk, folder of somebody else), here and in each method.

    Example:

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> log = EventLog(folder)
    >>> log.scalars({"d_loss": 0.5}, step=64)
    >>> log.close()
    >>> [event.step for event in read(folder)]
    [64]
    """

    def __init__(self, folder):
        with _said_of(folder):
            self._writer = tf.summary.create_file_writer(os.fsencode(folder))
        self._folder = folder

    def scalars(self, values, step):
        """Writes numbers: a dict of name -> float, at a step (images seen)."""
        self._write([Summary.Value(tag=name, simple_value=value) for name, value in values.items()], step)

    def image(self, name, image, step):
        """Writes one picture: uint8 [H, W, C]."""
        height, width, channels = image.shape
        picture = Summary.Image(
            height=height,
            width=width,
            colorspace=channels if channels <= 4 else 1,
            encoded_image_string=grids.encode(image),
        )
        self._write([Summary.Value(tag=name, image=picture)], step)

    def close(self):
        """Writes out what is buffered and closes the file."""
        with _said_of(self._folder):
            self._writer.close()

    def _write(self, values, step):
        with _said_of(self._folder):
            with self._writer.as_default():
                tf.summary.experimental.write_raw_pb(Summary(value=values).SerializeToString(), step=step)
            self._writer.flush()


def read(folder):
    """Reads the events of a folder, file by file, without those that only open a file.

    A file whose end was cut off is read up to there.

    Args:
        folder: str or path.

    Returns:
        list of `tf.compat.v1.Event`.
    """
    return [event for path in _paths(folder) for event in _read_file(path)]


def cut(folder, step):
    """Takes away all events after a step, so that curves do not run over each other when a run goes on from there.

    Args:
        folder: str or path.
        step: int, the last step to keep.

    Raises:
        OSError: where a file cannot be read or written.
    """
    for path in _paths(folder):
        events = _read_file(path)
        kept = [event for event in events if event.step <= step]
        if len(kept) == len(events):
            continue
        with _said_of(path), files.atomic(path) as partial:
            with tf.io.TFRecordWriter(os.fsencode(partial)) as writer:
                writer.write(Event(wall_time=events[0].wall_time, file_version="brain.Event:2").SerializeToString())
                for event in kept:
                    writer.write(event.SerializeToString())


@contextlib.contextmanager
def _said_of(path):
    """Turns TensorFlow's own errors into an `OSError` that names what they are about."""
    try:
        yield
    except tf.errors.OpError as error:
        reason = error.message.partition("; ")[2].partition("\n")[0].partition(" [Op:")[0] or error.message
        raise OSError(f"The events for TensorBoard cannot be read or written: {path} ({reason})") from error


def _paths(folder):
    return sorted(pathlib.Path(folder).glob("events.out.tfevents.*"))


def _read_file(path):
    found = []
    with _said_of(path), contextlib.suppress(tf.errors.DataLossError):  # cut off: what is before that
        for record in tf.data.TFRecordDataset(os.fsencode(path)).as_numpy_iterator():
            event = Event.FromString(record)
            if event.HasField("summary"):
                found.append(event)
    return found
