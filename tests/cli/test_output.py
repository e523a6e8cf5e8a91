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
