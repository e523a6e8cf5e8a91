"""What is said about data that cannot be used."""


class DataError(ValueError):
    """Data that cannot be used, with every broken item named.

    Args:
        message: one sentence saying what is wrong.
        problems: pairs `(name, reason)`, one for each item that cannot be used. The message lists the first ten; all
            of them stay in the attribute `problems`.
        hint: what to try, said after the list.

    Example:

    >>> error = DataError("1 of 2 images cannot be used.", [("cats/7.png", "truncated")])
    >>> print(error)
    1 of 2 images cannot be used.
      cats/7.png: truncated
    >>> error.problems
    [('cats/7.png', 'truncated')]
    """

    LISTED = 10

    def __init__(self, message, problems=(), hint=""):
        self.problems = list(problems)
        lines = [message] + [f"  {printable(name)}: {reason}" for name, reason in self.problems[: self.LISTED]]
        if len(self.problems) > self.LISTED:
            lines.append(f"  ... and {len(self.problems) - self.LISTED} more")
        if hint:
            lines.append(hint)
        super().__init__("\n".join(lines))

    def __reduce__(self):
        return _rebuild, (str(self), self.problems)


def _rebuild(text, problems):
    error = DataError(text)
    error.problems = problems
    return error


class DataWarning(UserWarning):
    """Something about the data that is probably not what was meant, yet usable."""


class Unreadable(Exception):
    """One image that cannot be read; the text is the reason, the caller knows the name."""


def some(count, noun="image"):
    """A number of things in words.

    Example:

    >>> some(1), some(2)
    ('1 image', '2 images')
    """
    return f"{count} {noun}{'s' * (count != 1)}"


def printable(name):
    r"""A file name on one line of any terminal: control characters and broken encodings as escapes.

    Example:

    >>> printable("two\nlines \U0001f600.png")
    'two\\nlines 😀.png'
    """
    name = str(name)
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in name)
