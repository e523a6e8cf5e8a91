import io
import pickle

import numpy as np
import pytest

from keras_gans.readers import karras_pickle
from tests.reference import karras_files as files
from tests.reference.pggan_numpy import random_variables

ARGUMENTS = dict(num_channels=3, resolution=16, label_size=0, fmap_base=64, fmap_max=8, latent_size=8)


def variables_of(kind, rng, **kwargs):
    return random_variables(kind, rng, resolution=16, **kwargs)


@pytest.fixture
def networks(rng):
    return [variables_of(kind, rng) for kind in "GDG"]


def write(tmp_path, networks, **kwargs):
    states = [files.master_state(kind, v, **ARGUMENTS) for kind, v in zip(("G", "D", "Gs"), networks)]
    return files.write_pickle(tmp_path / "network.pkl", states, **kwargs)


@pytest.mark.parametrize("module, protocol", [("tfutil", 4), ("network", 2), ("tfutil", 0)])
def test_master(tmp_path, networks, module, protocol):
    read = karras_pickle.read(write(tmp_path, networks, module=module, protocol=protocol))
    assert list(read) == ["G", "D", "Gs"]
    for (name, state), expected in zip(read.items(), networks):
        assert state.kind == name[0]
        assert state.arguments == ARGUMENTS
        assert list(state.variables) == list(expected)
        for key, array in state.variables.items():
            assert array.dtype == np.float32 and array.flags.writeable
            np.testing.assert_array_equal(array, expected[key])


def test_theano_comes_out_in_the_layout_of_master(tmp_path, rng):
    networks = [variables_of(kind, rng, fused=False) for kind in "GDG"]
    states = [files.theano_state(k, v, 16, rng, num_channels=3, use_gdrop=False) for k, v in zip("GDG", networks)]
    read = karras_pickle.read(files.write_pickle(tmp_path / "old.pkl", states, module="network", protocol=2))
    for state, expected in zip(read.values(), networks):
        assert set(state.variables) == set(expected)
        for key, array in state.variables.items():
            np.testing.assert_allclose(array, expected[key], rtol=1e-5, atol=1e-6, err_msg=key)
    assert read["D"].arguments == dict(
        fmap_base=4096,
        fmap_decay=1.0,
        fmap_max=256,
        num_channels=3,
        resolution=16,
        fused_scale=False,
        mbstd_group_size=16,
    )


def test_theano_without_wscale(tmp_path, rng):
    variables = variables_of("G", rng, fused=False)
    state = files.theano_state("G", variables, 16, rng, use_wscale=False)
    state["param_values"] = [p for p in state["param_values"] if np.ndim(p)]
    discriminator = files.theano_state("D", variables_of("D", rng, fused=False), 16, rng)
    path = files.write_pickle(tmp_path / "old.pkl", [state, discriminator, state], module="network")
    weight = karras_pickle.read(path)["G"].variables["16x16/Conv1/weight"]
    np.testing.assert_array_equal(weight, state["param_values"][10].transpose(2, 3, 1, 0)[::-1, ::-1])


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(use_batchnorm=True), "only if use_batchnorm is False. Received: use_batchnorm=True"),
        (dict(label_size=10), "only if label_size is 0. Received: label_size=10"),
        (dict(func="G_mnist_mode_recovery"), "Received: 'G_mnist_mode_recovery'"),
        (dict(resolution=32), "Expected a parameter of rank 4 in G"),
        (dict(resolution=8), "Expected a parameter of rank 2"),
    ],
)
def test_theano_networks_that_cannot_be_read(tmp_path, rng, change, message):
    state = files.theano_state("G", variables_of("G", rng, fused=False), 16, rng)
    state["build_func_spec"].update(change)
    path = files.write_pickle(tmp_path / "old.pkl", [state] * 3, module="network")
    with pytest.raises(ValueError, match=message):
        karras_pickle.read(path)


@pytest.mark.parametrize("count, message", [(-1, "fewer parameters than"), (1, "1 parameters too many")])
def test_theano_with_a_wrong_number_of_parameters(tmp_path, rng, count, message):
    state = files.theano_state("G", variables_of("G", rng, fused=False), 16, rng)
    params = state["param_values"]
    state["param_values"] = params[:count] if count < 0 else params + params[-1:]
    path = files.write_pickle(tmp_path / "old.pkl", [state] * 3, module="network")
    with pytest.raises(ValueError, match=message):
        karras_pickle.read(path)


def test_other_names_are_refused_and_nothing_runs(tmp_path):
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (open, (str(marker), "w"))

    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps((Evil(), Evil(), Evil())))
    with pytest.raises(ValueError, match="io.open"):
        karras_pickle.read(path)
    assert not marker.exists()


def test_truncated(tmp_path, networks):
    data = write(tmp_path, networks).read_bytes()
    for length in (0, 100, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError):
            karras_pickle.read(io.BytesIO(data[:length]))


def states(tmp_path, networks, **changes):
    states = [files.master_state(kind, v, **ARGUMENTS) for kind, v in zip(("G", "D", "Gs"), networks)]
    for key, value in changes.items():
        states[0][key] = value
        if value is None:
            del states[0][key]
    return files.write_pickle(tmp_path / "network.pkl", states)


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(version=3), "version=3"),
        (dict(build_func_name="D_paper"), "kinds D, D, G"),
        (dict(build_func_name="os.system"), "Received: 'os.system'"),
        (dict(static_kwargs=[1]), "dict of arguments.*Received: list of 1"),
        (dict(variables=[1, 2]), r"list of \(name, array\).*Received: list of 2"),
        (dict(variables=[("lod", "text")]), "array of floats for lod"),
        (dict(variables=[("lod", np.float32(np.nan))]), "finite weights. Received: lod with"),
        (dict(variables=None), "lacks 'variables'"),
        (dict(version=None), "lacks 'build_func_spec'"),
        (dict(build_func_name=["G_paper"]), "network G .* not as the official code writes it"),
        (dict(version=None, build_func_spec=5), "network G .* not as the official code writes it"),
        (dict(version=None, build_func_spec=[1]), "network G .* not as the official code writes it"),
        (
            dict(version=None, build_func_spec=dict(func="G_paper", resolution=(8,)), param_values=[]),
            "network G .* not as the official code writes it",
        ),
    ],
)
def test_states_that_are_no_networks(tmp_path, networks, changes, message):
    with pytest.raises(ValueError, match=message):
        karras_pickle.read(states(tmp_path, networks, **changes))


@pytest.mark.parametrize(
    "value, message", [([1, 2], "list of 2"), ((1, 2, 3), "state for G. Received: int"), (5, "int")]
)
def test_not_three_networks(value, message):
    with pytest.raises(ValueError, match=message):
        karras_pickle.read(io.BytesIO(pickle.dumps(value)))
