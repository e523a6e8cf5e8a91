import pytest

from keras_gans.training import EventLog, TensorBoardScalars
from keras_gans.training.callbacks import event_log


def test_logs_over_images_seen(gan, tiny_data, tmp_path):
    log = EventLog(tmp_path)
    history = gan.fit(
        tiny_data, batch_size=8, epochs=2, steps_per_epoch=1, callbacks=[TensorBoardScalars(log)], verbose=0
    ).history
    log.close()
    events = event_log.read(tmp_path)
    assert [event.step for event in events] == [8, 16]
    values = {value.tag: value.simple_value for value in events[1].summary.value}
    assert values == {name: pytest.approx(history[name][1]) for name in history}
