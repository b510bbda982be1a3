"""What is in a delivered file: unpacked, told apart by its bytes, decoded to UTF-8."""

import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

# What is inside is held in memory, several times over.
LARGEST_TEXT_BYTES = 2**30
TOO_LARGE = "file is larger than 1 GiB: send it as Parquet"
_MULTIPLE_BYTES = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# What no text in Windows-1252 has: bytes without a meaning, a small y with diaeresis,
# or three letters in a row that are not ASCII.
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xff]|[\x80-\xff]{3}")
_OLE, _ZIP, _GZIP, _PARQUET = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"\x1f\x8b", b"PAR1"


class ContentError(ValueError):
    """A file cannot be opened; the message says why and quotes nothing of it."""


@dataclass(frozen=True)
class Text:
    """A text in UTF-8 and the encoding it was delivered in.

    may_be_broken: some of its bytes are not UTF-8; the lines with them are defective.
    """

    data: bytes
    encoding: str
    may_be_broken: bool = False


def kind_of(path: Path) -> tuple[str, bytes | None]:
    """Return `parquet`, `xlsx` or `text`, and the bytes of what is inside.

    A packed file (gzip, zip with one member) is unpacked. A file is what its first
    bytes say, whatever its ending; but a file called .parquet must be that. Parquet
    comes without bytes unless it was packed.
    """
    ending = path.suffix.casefold()
    with path.open("rb") as file:
        start = file.read(4)
    if ending == ".parquet" or start == _PARQUET:
        return "parquet", None
    if path.stat().st_size > LARGEST_TEXT_BYTES:
        raise ContentError(TOO_LARGE)
    data = path.read_bytes()
    for _ in range(2):
        if data.startswith(_ZIP) and b"xl/workbook" in data:
            return "xlsx", data
        if data.startswith(_ZIP):
            data = _unzipped(data)
        elif data.startswith(_GZIP):
            data = _ungzipped(data)
        else:
            break
    if data.startswith(_OLE):
        raise ContentError(
            "an old Excel file (.xls) or one with a password: "
            "save it as .xlsx without one, or as .csv"
        )
    if data.startswith((_ZIP, _GZIP)):
        raise ContentError("compressed more than twice: send it uncompressed")
    if data.startswith(_PARQUET):
        return "parquet", data
    return "text", data


def _unzipped(data: bytes) -> bytes:
    """Return the one member of a zip file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = [
                member
                for member in packed.infolist()
                if not member.is_dir()
                and not member.filename.startswith(("__MACOSX/", "."))
            ]
            if len(members) != 1:
                raise ContentError(
                    f"a zip file with {len(members)} files in it: it must contain one"
                )
            if members[0].flag_bits & 1:
                raise ContentError("a zip file with a password: send it without")
            with packed.open(members[0]) as member:
                return _within_limit(member.read(LARGEST_TEXT_BYTES + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ContentError(f"not readable as .zip: {type(error).__name__}") from None


def _ungzipped(data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            return _within_limit(packed.read(LARGEST_TEXT_BYTES + 1))
    except (OSError, zlib.error, EOFError) as error:
        raise ContentError(f"not readable as .gz: {type(error).__name__}") from None


def _within_limit(data: bytes) -> bytes:
    if len(data) > LARGEST_TEXT_BYTES:
        raise ContentError(TOO_LARGE)
    return data


def decoded(data: bytes, stated: str | None = None) -> Text:
    """Return `data` as UTF-8, from the encoding that is stated or that its bytes show.

    Without a mark, text that is not UTF-8 and has no character of UTF-8 in it is
    Windows-1252, which the NHS's Windows programs write. Detectors of encodings were
    tried (charset-normalizer): a file has too few such letters for them to go by. Text
    that is UTF-8 but for some bytes stays what it is, and its lines with such bytes are
    defective. Raises ContentError.
    """
    if stated:
        return Text(_recoded(data, stated), stated)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text(_recoded(data, "utf-16"), "utf-16")
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        return Text(data, "utf-8", not _is_utf8(data))
    start = data[:4096]
    if len(start) > 3 and start.count(0) > len(start) // 4:
        for order, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            others = start[1 - order :: 2]
            if start[order::2].count(0) > len(start) // 4 and others.count(0) < (
                len(others) // 8
            ):
                return Text(_recoded(data, encoding), encoding)
    if _is_utf8(data):
        return Text(data, "utf-8")
    if _MULTIPLE_BYTES.search(data) or _NOT_WINDOWS.search(data):
        return Text(data, "utf-8", may_be_broken=True)
    return Text(_recoded(data, "windows-1252"), "windows-1252")


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _recoded(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode().removeprefix(b"\xef\xbb\xbf")
    except UnicodeError:
        raise ContentError(f"not readable as {encoding}") from None
