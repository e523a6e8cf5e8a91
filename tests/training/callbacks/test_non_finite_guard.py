import keras
import numpy as np
import pytest

from keras_gans.training import NonFiniteError, NonFiniteGuard


def test_stops_in_the_step(gan, tiny_data):
    class Spoil(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                bias = self.model.discriminator.get_layer("score").bias
                bias.assign(np.full(bias.shape, np.inf))

    with pytest.raises(NonFiniteError, match="after 24 images"):
        gan.fit(tiny_data, batch_size=8, epochs=2, callbacks=[NonFiniteGuard(), Spoil()], verbose=0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_looks_after_epochs_too(gan, value):
    guard = NonFiniteGuard()
    guard.set_model(gan)
    with pytest.raises(NonFiniteError, match="g_loss is"):
        guard.on_epoch_end(0, {"d_loss": 0.5, "g_loss": value})
    guard.on_epoch_end(0, {"d_loss": 0.5})
    guard.on_epoch_end(0)
