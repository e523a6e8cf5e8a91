"""Optimizers whose update is one kernel a variable."""

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gans")
class FusedAdam(keras.optimizers.Adam):
    """`keras.optimizers.Adam`, each variable updated in one pass over memory instead of a dozen.

    m <- m + (1 - β1)(g - m),  v <- v + (1 - β2)(g² - v),  w <- w - α m / (sqrt(v) + ε),
    α = learning rate · sqrt(1 - β2^t) / (1 - β1^t)      (Kingma and Ba 2015, Sec. 2, last paragraph)

    ε stands beside the root of v as it is, as in the optimizers of TensorFlow, Keras, Torch and PyTorch before 1.3 (the
    paper's ε with a hat). PyTorch adds it to sqrt(v / (1 - β2^t)) since, as the paper's Algorithm 1: in this formula it
    is ε sqrt(1 - β2^t), 1/32 of ε in the first step for β2 = 0.999, which `bias_corrected_epsilon` takes. Gradients far
    larger than 3e-7 do not notice.

    Arguments, slots and saved files are those of `keras.optimizers.Adam`, which takes over for `amsgrad`, sparse
    gradients and variables that are not float32. The numbers are the same to the rounding of β2: Keras rounds 1 - β2 in
    one place and β2 in another, which shifts a step with β2 = 0.999 by 1e-5 of itself; the kernel rounds β2 once.

    Args:
        learning_rate: float or `keras.optimizers.schedules.LearningRateSchedule`.
        beta_1: β1.
        beta_2: β2.
        epsilon: ε.
        bias_corrected_epsilon: whether ε stands beside the root of the corrected v, as in PyTorch since 1.3.
        **kwargs: of `keras.optimizers.Adam`: amsgrad, clipnorm, name, ...

    Raises:
        ValueError: If `bias_corrected_epsilon` is no bool, or as `keras.optimizers.Adam`.

    Reference: Kingma and Ba 2015 (arXiv 1412.6980).

    Example:

    >>> weight = keras.Variable([1.0])
    >>> FusedAdam(0.1).apply([tf.constant([2.0])], [weight])
    >>> weight.numpy().round(3).tolist()
    [0.9]
    """

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, bias_corrected_epsilon=False, **kwargs
    ):
        super().__init__(learning_rate=learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, **kwargs)
        if not isinstance(bias_corrected_epsilon, bool):
            received = f"bias_corrected_epsilon={bias_corrected_epsilon!r}"
            raise ValueError(f"bias_corrected_epsilon must be True or False. Received: {received}")
        self.bias_corrected_epsilon = bias_corrected_epsilon

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable and its slots, in one kernel where it is dense and float32.

        Args:
            gradient: tensor, or `tf.IndexedSlices`.
            variable: the variable, as Keras hands it over.
            learning_rate: scalar tensor.
        """
        step = ops.cast(self.iterations + 1, "float32")
        beta2_power, epsilon = tf.pow(self.beta_2, step), self.epsilon
        if self.bias_corrected_epsilon:
            epsilon = self.epsilon * tf.sqrt(1.0 - beta2_power)
        dense = not isinstance(gradient, tf.IndexedSlices)
        target = variable.value if isinstance(variable, keras.Variable) else variable
        if self.amsgrad or not dense or target.dtype != tf.float32:
            return self._update_with(epsilon, gradient, variable, learning_rate)
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=target.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=beta2_power,
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=epsilon,
            grad=tf.cast(gradient, tf.float32),
        )

    def _update_with(self, epsilon, gradient, variable, learning_rate):
        """Keras' own update, with another ε in the place of the attribute that it reads."""
        kept = self.epsilon
        self.epsilon = ops.cast(epsilon, variable.dtype) if self.bias_corrected_epsilon else kept
        try:
            super().update_step(gradient, variable, learning_rate)
        finally:
            self.epsilon = kept

    def get_config(self):
        return {**super().get_config(), "bias_corrected_epsilon": self.bias_corrected_epsilon}
