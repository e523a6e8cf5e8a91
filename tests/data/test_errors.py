import pickle

from keras_gans.data.errors import DataError, printable


def test_lists_ten_and_counts_the_rest():
    problems = [(f"{k}.png", "truncated") for k in range(13)]
    error = DataError("13 of 20 images cannot be used.", problems, hint="Try again.")
    lines = str(error).split("\n")
    assert lines[0] == "13 of 20 images cannot be used." and lines[1] == "  0.png: truncated"
    assert lines[11:] == ["  ... and 3 more", "Try again."]
    assert error.problems == problems and isinstance(error, ValueError)


def test_pickles():
    error = pickle.loads(pickle.dumps(DataError("What.", [("a", "b")], hint="Hint.")))
    assert str(error) == "What.\n  a: b\nHint." and error.problems == [("a", "b")]


def test_printable_names():
    assert printable("a b.png") == "a b.png"
    assert printable("\t\x1b[31m") == "\\t\\x1b[31m"
    assert printable(b"\xff".decode("utf-8", "surrogateescape")) == "\\udcff"
