"""Run sqlfluff with Python's garbage collector called less often.

A parsed file is millions of objects that live until its rules are through, and
collecting among them in vain took a third of the time. sqlfluff's worker processes
import this module again, so the setting holds in them too.
"""

import gc

from sqlfluff.cli.commands import cli

gc.set_threshold(50_000)

if __name__ == "__main__":
    cli()
