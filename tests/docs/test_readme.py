"""What the README says of the models is so."""

import pathlib
import re

import pytest

import keras_gans

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("name", ["PGGAN", "Pix2Pix"])
def test_the_zoo_counts_presets(name):
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `{name}` |")]
    assert int(re.match(r"\d+", row.split("|")[3].strip())[0]) == len(getattr(keras_gans, name).presets)


def test_the_zoo_names_dcgans_of_others():
    for name, preset in keras_gans.DCGAN.presets.items():
        assert (f"`{name}`" in README) == (not preset["source"].startswith("our own")), name
