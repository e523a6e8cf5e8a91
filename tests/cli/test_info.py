import json


def test_what_a_run_is(call, trained):
    code, out, _ = call("info", trained)
    assert code == 0
    for word in ("dcgan", "resolution=16", "batch_size=8", "kimg=0.032", "0, 16, 32"):
        assert word in out
    facts = json.loads(call("info", trained, "--json")[1])
    assert facts["images_seen"] == 32 and facts["checkpoints"] == [0, 16, 32] and facts["damaged"] == []
    assert facts["last"]["images_seen"] == 32 and facts["preset"] is None and facts["environment"]["keras"]


def test_damage_is_named(call, trained):
    (trained / "checkpoints" / "000000000032.keras").write_bytes(b"")
    with open(trained / "log.jsonl", "a") as file:
        file.write('{"half')
    facts = json.loads(call("info", trained, "--json")[1])
    assert facts["images_seen"] == 16 and facts["damaged"][0].startswith("000000000032.keras has 0 bytes")
    assert facts["last"]["images_seen"] == 32


def test_a_run_that_has_just_begun(call, tmp_path):
    (tmp_path / "config.json").write_text('{"model": "dcgan"}')
    facts = json.loads(call("info", tmp_path, "--json")[1])
    assert facts["images_seen"] is None and facts["checkpoints"] == [] and facts["last"] == {}
    assert call("info", tmp_path)[0] == 0


def test_no_run(call, tmp_path):
    code, _, err = call("info", tmp_path)
    assert code == 2 and "no config.json" in err
