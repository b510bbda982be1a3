"""What was found in delivered files, one row per finding, in words for its sender."""

import json

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("feed", pa.string()),
        ("kind", pa.string()),
        ("column_name", pa.string()),
        ("detail", pa.string()),
        ("message", pa.string()),
        ("row_count", pa.int64()),
    ]
)
# What each kind of finding means, and what to do; {detail} is what was found.
MESSAGES = {
    "date_form": (
        "dates look like {detail}: state 'dates: {detail}' in {feed}/{sender}.yml"
    ),
    "two_digit_year": (
        "dates have two-digit years, which cannot be read safely: ask for four digits"
    ),
    "lost_zero": "numbers have lost their leading zeros, as in Excel",
    "scientific_number": (
        "Excel has written numbers as 1.23E+09 and lost their last digits: ask for the "
        "file as it was before it was opened in Excel"
    ),
    "other_sender": "the organisation in the rows differs from that of the file's name",
    "sender_in_other_letters": (
        "the organisation in the rows is that of the file's name, but not in capitals"
    ),
    "other_period": "the rows are for {detail}, the file's name gives another period",
    "outside_period": "dates are far {detail} than the period in the file's name",
    "unknown_code": "no known code: {detail}",
    "code_left_out": "no known code, so the value is left out: {detail}",
    "word_for_nothing": "words that mean no value, such as NULL, are left out",
    "same_content": "it has the same content as this sender's file of {detail}",
    "no_final_line_end": "the last line has no line end: the file may be cut short",
    "sheet_is_full": (
        "the sheet is as long as Excel allows, so rows may be missing: ask for .csv"
    ),
}


def message(kind: str, detail: str, feed: str, sender: str | None) -> str:
    """Return a finding in words."""
    return MESSAGES[kind].format(detail=detail, feed=feed, sender=sender or "SENDER")


def findings(files: pa.Table) -> pa.Table:
    """Return one row for each finding in the accepted files of the register.

    They are kept there as JSON: a list of kind, column, detail and row count.
    """
    rows = [
        {
            "file_id": file["file_id"],
            "feed": file["feed"],
            "kind": kind,
            "column_name": column,
            "detail": detail,
            "message": message(kind, detail, file["feed"], file["provider_code"]),
            "row_count": count,
        }
        for file in files.select(
            ["file_id", "feed", "provider_code", "findings", "is_accepted"]
        ).to_pylist()
        if file["is_accepted"]
        for kind, column, detail, count in json.loads(file["findings"] or "[]")
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
