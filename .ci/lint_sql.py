"""Run sqlfluff with two of its habits changed, which took half of its time.

A parsed file is a great many objects that live until its rules are through: Python's
garbage collector searches them in vain, so it is called less often. Each layout rule
lays out the same file anew before it looks: here they share the layout of the file
that was last laid out. Neither changes what is found. sqlfluff's worker processes
import this module again, so both hold there too.

For `lint` only: `fix` changes the file between the rules.
"""

import gc
from functools import lru_cache

from sqlfluff.cli.commands import cli
from sqlfluff.utils.reflow.sequence import ReflowSequence

gc.set_threshold(50_000)
