import pytest

from keras_gans.training import scoring


def test_a_network_only_where_one_is_wanted():
    assert scoring.extractor_of(["swd", "ms_ssim10k"]) is None
    for names in (["fid"], ["swd", "is"], ["nn"]):
        assert scoring.extractor_of(names).name == "efficientnet_lite0_96"


def test_the_network_of_a_protocol(tmp_path):
    with pytest.raises(ValueError, match="nowhere.pth"):
        scoring.extractor_of(["kid", "fid50k"], weights=str(tmp_path / "nowhere.pth"))  # that of Inception
    assert scoring.extractor_of(["fid50k"], extractor="efficientnet_lite0").name == "efficientnet_lite0_96"
    with pytest.raises(ValueError, match="vgg"):
        scoring.extractor_of(["fid"], "vgg")


def test_what_metrics_need():
    assert [protocol.name for protocol in scoring.protocols_of(["fid", "kid50k", "nn"])] == ["kid50k"]
    assert scoring.needs_real(["is", "fid"]) and scoring.needs_real(["nn"]) and scoring.needs_real(["swd16k"])
    assert not scoring.needs_real(["is", "ms_ssim", "is50k"])


@pytest.mark.parametrize("names, named", [(["fid", "fod"], "'fod'"), ([], "none"), (["ppl"], "'ppl'")])
def test_unknown_metrics(names, named):
    with pytest.raises(ValueError, match=f"Received: {named}"):
        scoring.check_metrics(names)
