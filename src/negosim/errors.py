"""What negosim raises when its user, not its code, has to act.

Every message names what was found, what is allowed and, where a name was probably misspelt, the nearest one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class NegosimError(Exception):
    """Something the user can put right; the command line prints it without a traceback and exits with 2."""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest allowed word, or an empty string.

    Examples
    --------
    >>> nearest("boulwear", ["boulware", "linear"])
    " (did you mean 'boulware'?)"
    >>> nearest("zzz", ["boulware", "linear"])
    ''
    """
    found = difflib.get_close_matches(word, list(allowed), n=1)
    return f" (did you mean '{found[0]}'?)" if found else ""
