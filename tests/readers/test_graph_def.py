import gzip
import io
import tarfile

import numpy as np
import pytest
import tensorflow as tf

from keras_gans.readers.graph_def import read_constants

WEIGHTS = {
    "conv/conv2d_params": np.arange(24, dtype="float32").reshape(2, 1, 3, 4),
    "softmax/biases": np.array([1.5, -2.0], "float32"),
    "steps": np.array(7, "int64"),
    "half": np.array([0.5], "float16"),
    "same": np.full((3, 5), 2.0, "float32"),
}


def frozen(weights=WEIGHTS):
    graph = tf.Graph()
    with graph.as_default():
        for name, value in weights.items():
            tf.constant(value, name=name)
        tf.constant("words", name="text")
        tf.compat.v1.placeholder("float32", name="input")
    return graph.as_graph_def()


def tar_of(members, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            if data is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(entry)
            else:
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: data,
        gzip.compress,
        lambda data: tar_of({"./LICENSE": b"words", "./classify_image_graph_def.pb": data}),
        lambda data: tar_of({"graph.pb": data}, "w"),
    ],
    ids=["pb", "pb.gz", "tgz", "tar"],
)
def test_constants(wrap, tmp_path):
    path = tmp_path / "graph"
    path.write_bytes(wrap(frozen().SerializeToString()))
    constants = read_constants(path)
    assert set(constants) == set(WEIGHTS)
    for name, value in WEIGHTS.items():
        assert constants[name].dtype == value.dtype
        np.testing.assert_array_equal(constants[name], value)


def test_bfloat16_becomes_float32(tmp_path):
    graph = tf.Graph()
    with graph.as_default():
        tf.constant([1.5, 3.0], "bfloat16", name="b")
    path = tmp_path / "graph.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    assert read_constants(path)["b"].dtype == np.float32


def test_members_of_an_archive(tmp_path):
    path = tmp_path / "two.tgz"
    first, second = frozen({"a": np.ones(1)}), frozen({"b": np.ones(1)})
    path.write_bytes(tar_of({"x/one.pb": first.SerializeToString(), "x/two.pb": second.SerializeToString()}))
    assert set(read_constants(path, member="two.pb")) == {"b"}
    assert set(read_constants(path, member="x/one.pb")) == {"a"}
    with pytest.raises(ValueError, match="holds 'x/one.pb', 'x/two.pb'. Received: member=None"):
        read_constants(path)
    with pytest.raises(ValueError, match="member='three.pb'"):
        read_constants(path, member="three.pb")


def test_archives_write_nothing_and_follow_no_link(tmp_path, monkeypatch):
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    path = inside / "bad.tgz"
    path.write_bytes(tar_of({"../escaped.pb": frozen().SerializeToString()}))
    assert set(read_constants(path)) == set(WEIGHTS)  # read, but written nowhere
    path.write_bytes(tar_of({"link.pb": None}))
    with pytest.raises(ValueError, match="one graph in the archive"):
        read_constants(path)
    assert [p.name for p in tmp_path.rglob("*")] == ["inside", "bad.tgz"]


def test_bombs(tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(bytes(10_000_000)))
    with pytest.raises(ValueError, match="at most 1,000,000 bytes"):
        read_constants(path, max_bytes=1_000_000)
    graph = frozen({"a": np.ones(1, "float32")})
    for node in graph.node:
        if node.name == "a":
            shape = node.attr["value"].tensor.tensor_shape
            shape.dim[0].size = 2**40
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(ValueError, match="far larger than the file"):
        read_constants(path)
    shape.dim[0].size = -1
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(ValueError, match="'a' has no shape"):
        read_constants(path)


def test_damaged(tmp_path):
    path = tmp_path / "graph"
    data = frozen().SerializeToString()
    for bad in (b"", b"words, not a graph", data[: len(data) // 2], gzip.compress(data)[:-20]):
        path.write_bytes(bad)
        with pytest.raises(ValueError):
            read_constants(path)
    graph = frozen()
    graph.node[0].attr["value"].tensor.tensor_content = b"abc"
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(ValueError, match="conv2d_params"):
        read_constants(path)
    with pytest.raises(FileNotFoundError):
        read_constants(tmp_path / "missing.pb")


def test_truncated_archive(tmp_path):
    path = tmp_path / "graph.tar"
    path.write_bytes(tar_of({"graph.pb": frozen().SerializeToString()}, "w")[:700])
    with pytest.raises(ValueError):
        read_constants(path)
