import numpy as np
import pytest

from keras_gans import DCGAN
from keras_gans.cli import output


@pytest.fixture(scope="module")
def conditional():
    return DCGAN(
        resolution=16, channels=1, latent_dim=4, num_classes=3, generator_filters=4, discriminator_filters=4, seed=1
    )


def test_labels_are_drawn_or_chosen(conditional, tmp_path):
    images, seeds, labels = output.make(conditional, 5, count=4)
    assert np.array_equal(images, conditional.generate(4, seed=5)) and seeds.tolist() == [5] * 4
    assert labels.tolist() == conditional.sample_labels(4, 5).numpy().tolist()
    images, seeds, labels = output.make(conditional, 0, seeds=[1, 2], label=2)
    assert labels.tolist() == [2, 2] and seeds.tolist() == [1, 2]
    assert np.array_equal(images[1:], conditional.generate(1, seed=2, labels=2))
    output.write(tmp_path / "a.npz", images, seeds, labels)
    assert np.load(tmp_path / "a.npz")["labels"].tolist() == [2, 2]


def test_class_number():
    names = ["cat", "7"]
    assert output.class_number("cat", 2, names) == 0 and output.class_number("7", 2, names) == 1
    assert output.class_number("1", 2) == 1
    for text, count, match in (
        ("dog", 2, "cat, 7"),
        ("2", 2, "below 2"),
        ("-1", 2, "below 2"),
        ("0", 0, "without classes"),
    ):
        with pytest.raises(ValueError, match=match):
            output.class_number(text, count, names)


def test_walk_of_a_conditional_model(conditional, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(output.analysis, "walk_frames", lambda model, walk, labels, *rest: asked.append(labels) or [])
    monkeypatch.setattr(output.analysis, "write_film", lambda path, frames, count, fps: list(frames))
    for label in (None, 2):
        assert output.walk(conditional, tmp_path / "a.gif", 0.5, 10, (2, 4), 1.0, 0, label) == 5
    assert asked == [[0, 0, 1, 1, 2, 2, 0, 0], [2] * 8]  # a class a row, or one
