"""What happens to files on their way: mutations of a sound CSV file.

Each takes a source of chance and the bytes of a file in UTF-8 with commas and line
feeds, and returns them changed. `OF_LINES` leave every line they do not touch as it
was, `HARMLESS` say the same in another form, and after `REFUSED` the file cannot be
read at all.
"""

import csv
import functools
import gzip
import io
import random
from collections.abc import Callable, Collection

Mutation = Callable[[random.Random, bytes], bytes]
Grid = list[list[str]]


def in_turn(*mutations: Mutation) -> Mutation:
    """One mutation after the other."""

    def mutate(chance: random.Random, data: bytes) -> bytes:
        return functools.reduce(
            lambda done, next_: next_(chance, done), mutations, data
        )

    return mutate


def byte_order_mark(_: random.Random, data: bytes) -> bytes:
    """The mark that Windows programs put in front."""
    return b"\xef\xbb\xbf" + data


def crlf(_: random.Random, data: bytes) -> bytes:
    """Line ends of Windows."""
    return data.replace(b"\n", b"\r\n")


def latin_1(_: random.Random, data: bytes) -> bytes:
    """Another encoding; of Latin letters it is that of Windows."""
    return data.decode().encode("latin-1")


def on_a_line(change: Callable[[random.Random, bytes], bytes]) -> Mutation:
    """A mutation of one to three data lines."""

    def mutate(chance: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        last = len(lines) - 2
        for number in chance.sample(
            range(1, last + 1), min(chance.randint(1, 3), last)
        ):
            lines[number] = change(chance, lines[number])
        return b"\n".join(lines)

    return mutate


def on_the_records(change: Callable[[random.Random, Grid], Grid]) -> Mutation:
    """A mutation of the file as a grid, the header being its first row."""

    def mutate(chance: random.Random, data: bytes) -> bytes:
        grid = change(chance, list(csv.reader(io.StringIO(data.decode()))))
        target = io.StringIO()
        csv.writer(target, lineterminator="\n").writerows(grid)
        return target.getvalue().encode()

    return mutate


def with_delimiter(mark: str) -> Mutation:
    """A mutation that separates the fields by something else."""

    def mutate(_: random.Random, data: bytes) -> bytes:
        target = io.StringIO()
        rows = csv.reader(io.StringIO(data.decode()))
        csv.writer(target, delimiter=mark, lineterminator="\n").writerows(rows)
        return target.getvalue().encode()

    return mutate


def inserted(*pieces: bytes) -> Callable[[random.Random, bytes], bytes]:
    """A change that puts one of `pieces` somewhere between two letters of a line."""

    def change(chance: random.Random, line: bytes) -> bytes:
        letters = line.decode()
        place = len(letters[: chance.randint(0, len(letters))].encode())
        return line[:place] + chance.choice(pieces) + line[place:]

    return change


def without_a_comma(chance: random.Random, line: bytes) -> bytes:
    """A field run into the next."""
    places = [place for place, byte in enumerate(line) if byte == ord(",")]
    if not places:
        return line
    place = chance.choice(places)
    return line[:place] + line[place + 1 :]


def flipped_bytes(chance: random.Random, data: bytes) -> bytes:
    """Up to twenty bytes exchanged anywhere."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def shuffled_lines(chance: random.Random, data: bytes) -> bytes:
    """The records in another order."""
    header, *lines = data.rstrip(b"\n").split(b"\n")
    chance.shuffle(lines)
    return b"\n".join([header, *lines]) + b"\n"


def repeated_header(chance: random.Random, data: bytes) -> bytes:
    """The header once more, as when files were put together."""
    lines = data.split(b"\n")
    mark = chance.choice([b"", b"\xef\xbb\xbf"])
    lines.insert(chance.randint(1, len(lines) - 2), mark + lines[0])
    return b"\n".join(lines)


def shuffled_columns(chance: random.Random, grid: Grid) -> Grid:
    """The columns in another order."""
    order = chance.sample(range(len(grid[0])), len(grid[0]))
    return [[row[place] for place in order] for row in grid]


def additional_column(chance: random.Random, grid: Grid) -> Grid:
    """A column that no one asked for."""
    place = chance.randint(0, len(grid[0]))
    values = ["remarks", *["x, y"] * (len(grid) - 1)]
    return [
        [*row[:place], value, *row[place:]]
        for row, value in zip(grid, values, strict=True)
    ]


def missing_column(optional: Collection[str]) -> Callable[[random.Random, Grid], Grid]:
    """A column left out that may not be."""

    def change(chance: random.Random, grid: Grid) -> Grid:
        needed = [n for n, name in enumerate(grid[0]) if name not in optional]
        place = chance.choice(needed)
        return [[*row[:place], *row[place + 1 :]] for row in grid]

    return change


def doubled_column(chance: random.Random, grid: Grid) -> Grid:
    """A column sent twice."""
    place = chance.randrange(len(grid[0]))
    return [[*row, row[place]] for row in grid]


def empty_columns(_: random.Random, grid: Grid) -> Grid:
    """Two columns without name or values at the end."""
    return [[*row, "", ""] for row in grid]


# Dates that cannot be meant.
ABSURD = (
    *(b"0024-04-01", b"9999-12-31", b"2924-04-01", b"1066-10-14", b"2024-02-30"),
    *(b"infinity", b"-infinity", b"00/00/0000", b"31/02/2024", b"01/04/9999", b"12"),
    *(b"99999999999999999999", b"20240-04-01", b"tomorrow", b"2024-13-01", b"1e400"),
    *(b"2024-05-01x", b"2024-05-0199", b"01/05/20249", b"01/05/2024x"),
)

OF_LINES: dict[str, Mutation] = {
    "untouched": lambda _, data: data,
    "cut_file": lambda chance, data: data[: chance.randrange(len(data))],
    "cut_line": on_a_line(lambda chance, line: line[: chance.randrange(len(line))]),
    "extra_comma": on_a_line(inserted(b",", b",,,")),
    "missing_comma": on_a_line(without_a_comma),
    "broken_quote": on_a_line(inserted(b'"', b'""', b'","', b'"""')),
    "line_break": on_a_line(inserted(b"\n", b"\r\n", b"\n\n", b"\r")),
    "latin_1_with_mark": in_turn(latin_1, byte_order_mark),
    "bad_bytes": on_a_line(inserted(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe9l\xe8ve")),
    "odd_characters": on_a_line(
        inserted(b"\0", b"\t", b"\x0b", b"\xe2\x80\xa8", b"\\x0A")
    ),
    "byte_order_mark": byte_order_mark,
    "crlf": crlf,
    "as_excel_writes": in_turn(crlf, byte_order_mark),
    "mixed_line_ends": on_a_line(lambda _, line: line + b"\r"),
    "no_last_line_end": lambda _, data: data.rstrip(b"\n"),
    "blank_lines": on_a_line(lambda _, line: b"\n\r\n" + line + b"\n   \n"),
    "repeated_header": repeated_header,
    "two_files_in_one": lambda _, data: data + b"\xef\xbb\xbf" + data,
    "shuffled_lines": shuffled_lines,
    "doubled_line": on_a_line(lambda _, line: line + b"\n" + line),
    "long_line": on_a_line(lambda _, line: line + b"x" * 2**20),
    "flipped_bytes": flipped_bytes,
}

HARMLESS: dict[str, Mutation] = {
    "shuffled_columns": on_the_records(shuffled_columns),
    "additional_column": on_the_records(additional_column),
    "empty_columns": on_the_records(empty_columns),
    "shuffled_columns_and_crlf": in_turn(on_the_records(shuffled_columns), crlf),
    "pipes": with_delimiter("|"),
    "tabs": with_delimiter("\t"),
    "semicolons": with_delimiter(";"),
    "latin_1": latin_1,
    "utf_16": lambda _, data: data.decode().encode("utf-16"),
    "old_line_ends": lambda _, data: data.replace(b"\n", b"\r"),
    "packed": lambda _, data: gzip.compress(data),
    "title_and_footer": lambda _, data: (
        b"Report\n\n" + data + b"\n(12 rows affected)\n"
    ),
    "delimiter_at_the_end": lambda _, data: data.replace(b"\n", b",\n"),
}


def refused(optional: Collection[str]) -> dict[str, tuple[str, Mutation]]:
    """Mutations after which a file must be refused, with a word of the reason.

    optional: the columns that its table may leave out.
    """
    return {
        "missing_column": ("column missing", on_the_records(missing_column(optional))),
        "doubled_column": ("column appears twice", on_the_records(doubled_column)),
        "no_header": ("column missing", lambda _, data: data.partition(b"\n")[2]),
        "nothing": ("empty", lambda _, data: b""),
        "blank": ("empty", lambda _, data: b"\r\n\n"),
        "long_header": ("not a header", lambda _, data: b"x" * 2**21 + data),
        "long_name": (
            "column missing",
            lambda _, data: b'"' + b"x" * 2**18 + b'",' + data,
        ),
        "open_quote": ("column missing", lambda _, data: b'"' + data),
        "zeros": ("column missing", lambda _, data: bytes(len(data))),
    }
