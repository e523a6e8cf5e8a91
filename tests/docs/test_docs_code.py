"""The code in the documentation runs: Python blocks of a page in order, in one process; command lines are parsed.

A block after the comment `<!-- not run: why -->` is only compiled. A comment that starts with `<!-- run first` holds
Python that readers do not see.
"""

import pathlib
import re
import shlex

import click
import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?P<skipped><!-- not run[^>]*-->\s*)?^```(?P<language>\w+)\n(?P<code>.*?)^```$"
    r"|^<!-- run first\n(?P<hidden>.*?)^-->$",
    re.M | re.S,
)


def blocks(text):
    """Yields (line, language, code, whether to run it)."""
    for found in BLOCK.finditer(text):
        group = "hidden" if found["hidden"] is not None else "code"
        line = text.count("\n", 0, found.start(group))
        yield line, "python" if group == "hidden" else found["language"], found[group], not found["skipped"]


def python_blocks(page):
    return [block for block in blocks(page.read_text(encoding="utf-8")) if block[1] == "python"]


def run_page(page, text):
    namespace = {"__name__": "__main__"}
    for line, language, code, runs in blocks(text):
        if language == "python":
            compiled = compile("\n" * line + code, str(page), "exec")  # tracebacks show the page's own line
            if runs:
                exec(compiled, namespace)


def command_lines(text):
    """Yields the arguments of each `$ keras-gans ...` in console blocks; a backslash goes on in the next line."""
    for _, language, code, _ in blocks(text):
        if language == "console":
            for line in code.replace("\\\n", " ").splitlines():
                words = shlex.split(line.removeprefix("$"), comments=True)
                if line.startswith("$") and words[:1] == ["keras-gans"]:
                    yield words[1:]


@pytest.mark.parametrize("page", [page for page in PAGES if python_blocks(page)], ids=lambda page: page.name)
def test_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(page, page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "$ keras-gans" in page.read_text(encoding="utf-8")], ids=lambda page: page.name
)
def test_command_lines_are_understood(page):
    from keras_gans.cli.main import cli

    for words in command_lines(page.read_text(encoding="utf-8")):
        command, *arguments = words
        found = cli.get_command(click.Context(cli), command)
        assert found is not None, words
        try:
            found.make_context(command, list(arguments))  # parses, runs nothing
        except click.UsageError as error:
            if "does not exist" not in error.message:
                raise


def test_makefile_knows_what_the_pages_call():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    for page in PAGES:
        called = set(re.findall(r"^\$ make (\w+)", page.read_text(encoding="utf-8"), re.M))
        assert called <= targets, page.name


# --- the runner itself

PAGE = """
text
```python
x = 1
```
<!-- run first
x += 1
-->
<!-- not run: needs a server -->
```python
raise ValueError
```
```console
$ keras-gans sample runs/a --seed 1 \\
    --out x.png  # comment
answer
$ make test
```
```python
assert x == 2
seen.append(x)
```
"""


def test_blocks_are_found():
    assert [(line, language, runs) for line, language, _, runs in blocks(PAGE)] == [
        (3, "python", True),
        (6, "python", True),
        (10, "python", False),
        (13, "console", True),
        (19, "python", True),
    ]
    assert list(command_lines(PAGE)) == [["sample", "runs/a", "--seed", "1", "--out", "x.png"]]


def test_a_page_runs_in_one_namespace_and_fails_at_its_own_line():
    with pytest.raises(NameError) as failure:
        run_page("page.md", PAGE)
    assert failure.traceback[-1].lineno == 20  # pytest counts from 0: `seen.append(x)`
