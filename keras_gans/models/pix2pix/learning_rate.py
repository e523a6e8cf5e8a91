"""Learning rates of pix2pix: constant in the Torch and TensorFlow codes, linear to zero in the PyTorch code."""

import numbers

import keras


@keras.saving.register_keras_serializable(package="keras_gans")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant for some epochs, then linear to zero, a step an epoch.

    rate(e) = rate · (1 - max(0, e + 1 - constant_epochs) / (decay_epochs + 1)), e = 0, 1, ...

    This is the function of the epoch in the PyTorch code. Its train.py asks for the next epoch's value already (of 2018
    by adding one too many, since 2020 by moving the schedule on before an epoch), so that there the rate falls an epoch
    earlier, and the last epoch of 200 trains with rate 0.

    Args:
        learning_rate: float, the first one.
        steps_per_epoch: training steps of an epoch: pairs / batch size.
        constant_epochs: epochs before the decay; 100 in the code.
        decay_epochs: epochs of the decay; 100 in the code.

    Raises:
        ValueError: If a number is not positive.

    Reference: junyanz/pytorch-CycleGAN-and-pix2pix, lr_policy "linear".

    Example:

    >>> schedule = LinearDecay(1.0, steps_per_epoch=10, constant_epochs=2, decay_epochs=3)
    >>> [round(float(schedule(step)), 2) for step in (0, 10, 20, 30, 40, 50)]
    [1.0, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    def __init__(self, learning_rate=2e-4, steps_per_epoch=1, constant_epochs=100, decay_epochs=100):
        for name, value in list(locals().items()):
            if name in ("self", "__class__"):
                continue
            if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < value < float("inf"):
                raise ValueError(f"{name} must be a positive number. Received: {name}={value!r}")
        self.learning_rate = learning_rate
        self.steps_per_epoch = steps_per_epoch
        self.constant_epochs = constant_epochs
        self.decay_epochs = decay_epochs

    def __call__(self, step):
        epoch = keras.ops.floor(keras.ops.cast(step, "float32") / self.steps_per_epoch)
        decayed = keras.ops.clip(epoch + 1.0 - self.constant_epochs, 0.0, self.decay_epochs + 1.0)
        return self.learning_rate * (1.0 - decayed / (self.decay_epochs + 1.0))

    def get_config(self):
        return dict(
            learning_rate=self.learning_rate,
            steps_per_epoch=self.steps_per_epoch,
            constant_epochs=self.constant_epochs,
            decay_epochs=self.decay_epochs,
        )
