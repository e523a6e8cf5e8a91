import os
import signal
import threading

import keras
import pytest

from keras_gans.training import StopOnSignal


class Kill(keras.callbacks.Callback):
    def __init__(self, number):
        super().__init__()
        self.number = number
        self.epochs = 0

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            os.kill(os.getpid(), self.number)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_step_and_the_epochs_end_are_finished(gan, tiny_data, number, capfd):
    before, kill = signal.getsignal(number), Kill(number)
    with StopOnSignal() as stop:
        gan.fit(tiny_data, batch_size=8, epochs=3, callbacks=[kill, stop], verbose=0)
    assert stop.received == number and kill.epochs == 1
    assert int(gan.images_seen) == 16
    assert signal.getsignal(number) == before
    assert f"{stop.received.name}: finishing the step" in capfd.readouterr().err


def test_one_that_comes_between_two_fits_stops_the_next(gan, tiny_data):
    with StopOnSignal() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        gan.fit(tiny_data, batch_size=8, epochs=3, callbacks=[stop], verbose=0)
    assert int(gan.images_seen) == 8


def test_the_second_one_stops_at_once():
    with pytest.raises(KeyboardInterrupt), StopOnSignal() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.received == signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)


def test_other_threads_leave_signals_alone():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work():
        with StopOnSignal():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
