"""Our docstrings for Sphinx: sections in Google's manner, everything else Markdown, as it reads in the source."""

import inspect
import re
import textwrap

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.utils import new_document
from myst_parser.parsers.sphinx_ import MystParser

SECTIONS = (
    "Args|Call arguments|Returns|Yields|Raises|Input shape|Output shape|Example|Examples|Reference|References|Logs"
    "|Deviations|Protocol|Note|Attributes"
)
HEADER = re.compile(rf"^({SECTIONS}):\s*(.*)$")
ITEM = re.compile(r"^([*\w`][\w.*`, ]*?)(\s*\([^)]*\))?: (.*)$")
LISTS = {"Args", "Call arguments", "Raises", "Attributes"}


def to_markdown(docstring):
    """Returns the Markdown of a docstring: sections become bold words, their entries lists, examples code blocks."""
    lines = textwrap.dedent(docstring).splitlines()
    out, i = [], 0
    while i < len(lines):
        header = HEADER.match(lines[i])
        if not header:
            out.append(lines[i])
            i += 1
            continue
        name, rest = header.groups()
        body = []
        i += 1
        while i < len(lines) and (not lines[i].strip() or lines[i][0] == " "):
            body.append(lines[i])
            i += 1
        body = textwrap.dedent("\n".join(body)).strip("\n").splitlines()
        if name in LISTS and not rest:
            body = _items(body)
        out += ["", f"**{name}**", "", *([rest] if rest else []), *body, ""]
    return "\n".join(_fenced(out))


def _items(lines):
    out = []
    for line in lines:
        item = ITEM.match(line)
        if item:
            names = ", ".join(f"`{part.strip(' `')}`" for part in item[1].split(","))
            out.append(f"- {names}{item[2] or ''}: {item[3]}")
        else:
            out.append(line[2:] if line.startswith("    ") else line)
    return out


def _fenced(lines):
    out, inside = [], False
    for line in lines:
        starts = line.lstrip().startswith(">>>")
        if starts and not inside:
            out += ["", "```pycon"]
            inside = True
        elif inside and not line.strip():
            out.append("```")
            inside = False
        out.append(line.strip() if starts else line)
    return [*out, "```"] if inside else out


class MarkdownDocstring(Directive):
    """Parses its content as Markdown."""

    has_content = True

    def run(self):
        document = new_document(self.state.document["source"], self.state.document.settings)
        document.reporter = self.state.document.reporter
        MystParser().parse("\n".join(self.content), document)
        return [node for node in document.children if not isinstance(node, nodes.system_message)]


def _process(app, what, name, obj, options, lines):
    markdown = to_markdown("\n".join(lines))
    lines[:] = [".. markdown-docstring::", "", *(f"   {line}".rstrip() for line in markdown.splitlines()), ""]


def _signature(app, what, name, obj, options, signature, return_annotation):
    """Keras' classes hide the arguments of `__init__` behind their `__new__`."""
    if what != "class" or "__init__" not in vars(obj):
        return signature, return_annotation
    full = inspect.signature(obj.__init__)
    return str(full.replace(parameters=list(full.parameters.values())[1:])), return_annotation


def setup(app):
    """Called by Sphinx."""
    app.add_directive("markdown-docstring", MarkdownDocstring)
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True}
