import json

import keras
import numpy as np

from keras_gans.training import environment


def test_describe_names_what_decides_the_bits():
    facts = environment.describe()
    assert facts["keras"] == keras.__version__
    assert facts["numpy"] == np.__version__
    assert facts["processor"] == environment.processor() != ""
    assert facts["processors"] >= 1
    assert json.loads(json.dumps(facts)) == facts


def test_threads_of_the_environment_variables_count(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    facts = environment.describe()
    assert facts["intra_op_threads"] == 3
    assert facts["variables"]["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_differences():
    assert environment.differences({"a": 1}, {"a": 1}) == []
    assert environment.differences({"a": 1, "b": 2}, {"b": 3, "c": 4}) == [
        "a was 1 and is None",
        "b was 2 and is 3",
        "c was None and is 4",
    ]
