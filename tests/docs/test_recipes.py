"""The scripts of recipes/: each name of theirs runs through `sh`, and its commands are ones that keras-gans knows."""

import os
import pathlib
import shlex
import subprocess

import click
import pytest

RECIPES = pathlib.Path(__file__).parents[2] / "recipes"
NAMES = {
    "pix2pix.sh": ["facades", "cityscapes", "maps", "edges2shoes", "edges2handbags", "night2day"],
    "pggan.sh": ["celebahq", "lsun", "cifar10", "ablation-celeba", "ablation-lsun"],
}
RECORDER = """#!/bin/sh
for word in "$(basename "$0")" "$@"; do printf '%s\\0' "$word"; done | tr '\\0' '\\037' >> "$RECORD"
echo >> "$RECORD"
"""


def commands_of(script, name, place):
    """The commands that a recipe would run, as lists of words; none of them is run."""
    programs = place / "programs"
    programs.mkdir()
    for program in ("keras-gans", "curl", "tar"):
        (programs / program).write_text(RECORDER)
        (programs / program).chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "RECORD": str(place / "record")}
    arguments = ["sh", str(RECIPES / script), name, str(place / "data")]
    answer = subprocess.run(arguments, env=environment, capture_output=True, text=True, cwd=place)
    assert answer.returncode == 0, answer.stderr
    return [line.rstrip("\037").split("\037") for line in (place / "record").read_text().splitlines()]


def check_command(words):
    """Parses a command line of keras-gans; runs nothing. Files need not be there."""
    from keras_gans.cli.main import cli

    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group):
        name, *words = words
        command = command.get_command(context, name)
        assert command is not None, name
        context = click.Context(command, parent=context)
    try:
        command.make_context(command.name, list(words))
    except click.UsageError as error:
        if "does not exist" not in error.message:
            raise


@pytest.mark.parametrize(
    "script, name",
    [(s, n) for s, names in NAMES.items() for n in names],
    ids=lambda value: value.removesuffix(".sh"),
)
def test_the_commands_of_a_recipe_are_understood(script, name, tmp_path):
    ours = [words[1:] for words in commands_of(script, name, tmp_path) if words[0] == "keras-gans"]
    assert any(words[0] == "train" for words in ours)
    for words in ours:
        check_command(words)


def test_presets_of_recipes_exist(tmp_path):
    from keras_gans import PGGAN

    for name in NAMES["pggan.sh"]:
        place = tmp_path / name
        place.mkdir()
        for words in commands_of("pggan.sh", name, place):
            if "--preset" in words:
                assert words[words.index("--preset") + 1] in PGGAN.presets, shlex.join(words)


def test_protocols_of_celebahq_need_no_more_images_than_it_has(tmp_path):
    from keras_gans.metrics.protocols import get_protocol

    for words in commands_of("pggan.sh", "celebahq", tmp_path):
        for option, name in zip(words, words[1:]):
            if option == "--protocol":
                assert (get_protocol(name).num_real or 0) <= 30_000, name


@pytest.mark.parametrize("script", NAMES)
def test_recipes_say_that_they_were_not_run(script):
    assert "Unrun" in (RECIPES / script).read_text()
    answer = subprocess.run(["sh", str(RECIPES / script), "nothing"], capture_output=True, text=True)
    assert answer.returncode == 2 and all(name in answer.stderr for name in NAMES[script])


def test_every_recipe_is_tested():
    assert {path.name for path in RECIPES.glob("*.sh")} == set(NAMES)


def test_a_wrong_option_is_noticed():
    with pytest.raises(click.UsageError):
        check_command(["train", "pggan", "--data", "x", "--out", "y", "--no-such-option"])
