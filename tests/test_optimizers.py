import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.optimizers import FusedAdam


def trained(optimizer_class, steps=5, compiled=False, dtype="float32", **config):
    """Weights and slots after some steps on made-up gradients."""
    rng = np.random.default_rng(0)
    shapes = {"kernel": (3, 4), "bias": (5,)}
    weights = [keras.Variable(rng.normal(size=shape), dtype=dtype, name=name) for name, shape in shapes.items()]
    optimizer = optimizer_class(**config)
    optimizer.build(weights)

    def update(*gradients):
        optimizer.apply(gradients, weights)

    update = tf.function(update, jit_compile=compiled == "xla") if compiled else update
    for _ in range(steps):
        update(*(tf.constant(rng.normal(size=w.shape), dtype) for w in weights))
    return [np.asarray(v) for v in (*weights, *optimizer.variables)], optimizer


@pytest.mark.parametrize("compiled", [False, "graph", "xla"])
@pytest.mark.parametrize(
    "config",
    [
        {"learning_rate": 2e-4, "beta_1": 0.5, "epsilon": 1e-8},
        {"learning_rate": 0.1, "beta_1": 0.0, "beta_2": 0.99, "clipnorm": 0.5, "weight_decay": 0.01},
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
        {"amsgrad": True},
        {"dtype": "float64"},
        {"gradient_accumulation_steps": 2},
    ],
    ids=lambda config: "-".join(config),
)
def test_equals_keras(config, compiled):
    if compiled == "xla" and "gradient_accumulation_steps" in config:
        pytest.skip("Keras itself cannot")
    fused, optimizer = trained(FusedAdam, compiled=compiled, **config)
    plain, reference = trained(keras.optimizers.Adam, compiled=compiled, **config)
    assert [v.name for v in optimizer.variables] == [v.name for v in reference.variables]
    start = trained(FusedAdam, 0, **config)[0]
    exact = config.get("amsgrad") or "dtype" in config
    for have, want, before in zip(fused, plain, start):
        np.testing.assert_allclose(have - before, want - before, rtol=1e-12 if exact else 6e-5, atol=2e-7)


def test_numbers_of_the_paper_in_float64():
    gradients = np.random.default_rng(1).normal(size=(3, 100)).astype("float32")
    weight, optimizer = keras.Variable(np.zeros(100)), FusedAdam(0.1, beta_1=0.5, epsilon=1e-8)
    m, v, w = np.zeros(100), np.zeros(100), np.zeros(100)
    for t, g in enumerate(gradients.astype("float64"), start=1):
        m, v = 0.5 * m + 0.5 * g, 0.999 * v + 0.001 * g**2
        w -= 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.5**t) * m / (np.sqrt(v) + 1e-8)
        optimizer.apply([tf.constant(gradients[t - 1])], [weight])
    np.testing.assert_allclose(weight, w, atol=3e-6)


def algorithm_1(gradients, rate=0.1, beta_1=0.5, beta_2=0.999, epsilon=1e-8, amsgrad=False):
    """Weights that start at 0, after Kingma and Ba's Algorithm 1 in float64 (PyTorch's amsgrad: v is its maximum)."""
    m, v, largest, w = (np.zeros(gradients[0].shape) for _ in range(4))
    for t, g in enumerate(gradients.astype("float64"), start=1):
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        largest = np.maximum(largest, v)
        corrected = np.sqrt((largest if amsgrad else v) / (1 - beta_2**t))
        w -= rate * m / (1 - beta_1**t) / (corrected + epsilon)
    return w


@pytest.mark.parametrize("compiled", [False, "graph", "xla"])
@pytest.mark.parametrize("config", [{}, {"amsgrad": True}, {"dtype": "float64"}], ids=str)
def test_the_epsilon_of_pytorch(config, compiled):
    """Of gradients as small as ε, where its place is seen."""
    dtype, amsgrad = config.get("dtype", "float32"), config.get("amsgrad", False)
    gradients = np.random.default_rng(2).normal(size=(4, 50)).astype("float32") * 1e-8
    weight = keras.Variable(np.zeros(50), dtype=dtype)
    optimizer = FusedAdam(0.1, beta_1=0.5, epsilon=1e-8, bias_corrected_epsilon=True, amsgrad=amsgrad)
    optimizer.build([weight])
    update = lambda g: optimizer.apply([g], [weight])  # noqa: E731
    update = tf.function(update, jit_compile=compiled == "xla") if compiled else update
    for gradient in gradients:
        update(tf.constant(gradient, dtype))
    want = algorithm_1(gradients, amsgrad=amsgrad)
    np.testing.assert_allclose(weight, want, rtol=2e-4)
    other = keras.Variable(np.zeros(50))
    optimizer = FusedAdam(0.1, beta_1=0.5, epsilon=1e-8)
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [other])
    assert np.abs(other - want).max() > 0.05
    assert optimizer.epsilon == 1e-8


def test_epsilon_of_pytorch_with_sparse_gradients_and_refusals():
    weight = keras.Variable(np.zeros([3, 2]))
    gradient = tf.IndexedSlices(tf.fill([1, 2], 1e-8), tf.constant([1]), (3, 2))
    FusedAdam(0.1, beta_1=0.5, epsilon=1e-8, bias_corrected_epsilon=True).apply([gradient], [weight])
    np.testing.assert_allclose(weight, [[0, 0], [-0.05, -0.05], [0, 0]], rtol=1e-4)
    with pytest.raises(ValueError, match="Received: bias_corrected_epsilon=1"):
        FusedAdam(bias_corrected_epsilon=1)


def test_hand_worked():
    weight = keras.Variable([1.0])
    optimizer = FusedAdam(0.1, beta_1=0.5, beta_2=0.75, epsilon=1.0)
    optimizer.apply([tf.constant([2.0])], [weight])  # m = 1, v = 1, alpha = 0.1 sqrt(0.25) / 0.5 = 0.1
    np.testing.assert_allclose(weight, [1.0 - 0.1 * 1.0 / (1.0 + 1.0)], rtol=1e-6)


def test_config_and_sparse_gradients():
    optimizer = FusedAdam(0.1, beta_1=0.5, amsgrad=True, clipnorm=1.0, bias_corrected_epsilon=True)
    copy = keras.optimizers.get(keras.saving.serialize_keras_object(optimizer))
    assert type(copy) is FusedAdam and copy.get_config() == optimizer.get_config()
    assert set(optimizer.get_config()) == {*keras.optimizers.Adam().get_config(), "bias_corrected_epsilon"}
    assert not FusedAdam.from_config(keras.optimizers.Adam(0.1).get_config()).bias_corrected_epsilon  # an older file
    weight = keras.Variable(np.ones([3, 2]))
    gradient = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([1]), (3, 2))
    FusedAdam(0.1).apply([gradient], [weight])
    np.testing.assert_allclose(weight, [[1, 1], [0.9, 0.9], [1, 1]], atol=1e-6)


def test_files_restore_it_and_go_on_equally(tmp_path):
    def model():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])
        model.compile(FusedAdam(0.1), "mse")
        return model

    x, y = np.random.default_rng(0).normal(size=(2, 8, 3)).astype("float32")
    y = y[:, :2]
    first = model()
    first.fit(x, y, epochs=2, verbose=0, shuffle=False)
    first.save(tmp_path / "model.keras")
    second = keras.models.load_model(tmp_path / "model.keras")
    assert type(second.optimizer) is FusedAdam and int(second.optimizer.iterations) == 2
    for either in (first, second):
        either.fit(x, y, verbose=0, shuffle=False)
    for have, want in zip(second.optimizer.variables + second.weights, first.optimizer.variables + first.weights):
        assert np.array_equal(have, want)


def test_mirrored_variables(mirrored_strategy):
    strategy = mirrored_strategy
    results = []
    for kind in (FusedAdam, keras.optimizers.Adam):
        with strategy.scope():
            weight = keras.Variable([1.0, 2.0])
            optimizer = kind(0.1)
            optimizer.build([weight])

        @tf.function
        def step(weight=weight, optimizer=optimizer):
            replica = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32)
            optimizer.apply([tf.stack([replica, 1.0])], [weight])

        for _ in range(3):
            strategy.run(step)
        results.append([np.asarray(strategy.experimental_local_results(weight.value)[k]) for k in (0, 1)])
    np.testing.assert_array_equal(results[0][0], results[0][1])
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5)
