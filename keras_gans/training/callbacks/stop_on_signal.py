"""Ends `fit` after the step at hand when the process is asked to stop."""

import os
import signal
import threading

import keras

from keras_gans.models import replicas


class StopOnSignal(keras.callbacks.Callback):
    """Turns Ctrl-C and SIGTERM into `stop_training`, inside of a `with` block.

    `fit` then ends its epoch after the step that is running, with the callbacks of the end of an epoch, so that a
    checkpoint is written. A second signal of the same kind does what it did before the block. Outside of the main
    thread signals cannot be caught, and nothing happens. Where several workers train together, a signal to one of them
    ends all after the same step.

    Example:

    >>> with StopOnSignal() as stop:     # model.fit(data, callbacks=[stop])
    ...     stop.received is None
    True
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        super().__init__()
        self.received = None
        self._before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in self.SIGNALS}
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def on_train_begin(self, logs=None):
        if replicas.any_worker(self.model, self.received is not None):  # it came before `fit` cleared the flag
            self.model.stop_training = True

    def on_epoch_begin(self, epoch, logs=None):
        self.on_train_begin()

    def on_train_batch_end(self, batch, logs=None):
        self.on_train_begin()

    def _handle(self, number, frame):
        self.received = signal.Signals(number)
        if self.model is not None and replicas.workers(self.model) == 1:  # several first have to agree
            self.model.stop_training = True
        signal.signal(number, self._before[number])
        # Not through sys.stderr: the signal may have come while something was being printed there.
        os.write(2, f"\n{self.received.name}: finishing the step and saving; once more to stop at once.\n".encode())
