import os

import pytest

from keras_gans.training.request import Request


def test_only_what_is_given_counts():
    request = Request("dcgan", "run")
    assert request.budget() == {} and request.origin() == {}


def test_budget_and_origin():
    request = Request("dcgan", "run", kimg=1.5, keep=2, preset="dcgan_64", init_from="other", labels=True)
    assert request.budget() == {"kimg": 1.5, "keep": 2}
    scored = Request("dcgan", "run", metrics="fid", metrics_every=50, metrics_weights="a.pth")
    assert scored.budget() == {"metrics": "fid", "metrics_every": 50, "metrics_weights": os.path.abspath("a.pth")}
    assert request.origin() == {"preset": "dcgan_64", "init_from": os.path.abspath("other"), "labels": True}


@pytest.mark.parametrize("name", ["kimg", "every", "metrics_every"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2e9, 0, -1.0])
def test_budget_refuses_what_is_no_number_of_images(name, value):
    with pytest.raises(ValueError, match=f"Received: {name}="):
        Request("dcgan", "run", **{name: value}).budget()


@pytest.mark.parametrize(
    "given",
    [{"kimg": "1"}, {"every": True}, {"keep": 0}, {"keep": 2.0}, {"metrics_count": [5]}, {"metrics": 3}],
    ids=str,
)
def test_budget_refuses_values_of_another_kind(given):
    (name,) = given
    with pytest.raises(ValueError, match=f"Expected .* Received: {name}="):
        Request("dcgan", "run", **given).budget()
