"""Feeds as a data processor passes them on: a common pseudonym and no names.

The NHS number is replaced by a pseudonym that is the same in all feeds, the birth date
by its month and the postcode by its LSOA; names are empty. Local numbers stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from synthetic_city.delivery.feed_table import FeedTable

# Delivered columns of any table, by what replaces them.
NUMBERS = {
    "spell.patient.identity.nhs_number.value",
    "patient.nhs_number.value",
    "NHS NUMBER",
    "NHSNumber",
    "NHS Number",
    "Superseded NHS Number",
    "nhs_number",
}
_NAMES = {
    "spell.patient.name.forename",
    "spell.patient.name.surname",
    "patient.name.forename",
    "patient.name.surname",
    "PERSON GIVEN NAME",
    "PERSON FAMILY NAME",
    "PersonGivenName",
    "PersonFamilyName",
    "Given Name",
    "Family Name",
    "DEC_FORENAMES",
    "DEC_SURNAME",
    "Forename",
    "Surname",
    "forename",
    "surname",
}
_BIRTH_DATES = {
    "spell.patient.identity.birth_date",
    "patient.birth_date",
    "PERSON BIRTH DATE",
    "PersonBirthDate",
    "Date of Birth",
    "DEC_DATE_OF_BIRTH",
    "date_of_birth",
}
_POSTCODES = {
    "spell.patient.residence.postcode",
    "patient.usual_address.postcode",
    "POSTCODE",
    "Postcode",
    "DEC_POSTCODE",
    "postcode",
}


def pseudonymised(table: FeedTable) -> FeedTable:
    """The same table with SQL that hides who the people are."""
    return replace(
        table,
        columns={name: _hidden(name, sql) for name, sql in table.columns.items()},
        revised=_still_dates(table.revised),
        broken=tuple(_still_dates(broken) for broken in table.broken),
    )


def _hidden(name: str, sql: str) -> str:
    if name in NUMBERS:
        return f"'P' || left(md5('common pseudonym ' || {sql}), 24)"
    if name in _NAMES:
        return "cast(null as varchar)"
    if name in _BIRTH_DATES:
        return f"strftime({sql}, '%Y-%m')"
    if name in _POSTCODES:
        return "a.lsoa21"
    return sql


def _still_dates(changes: Mapping[str, str]) -> dict[str, str]:
    """Changes to extra rows, now that a birth date is the text of its month."""
    still = {}
    for name, sql in changes.items():
        for column in _BIRTH_DATES:
            text = f't."{column}"'
            sql = sql.replace(text, f"cast({text} || '-01' as date)")
        still[name] = f"strftime({sql}, '%Y-%m')" if name in _BIRTH_DATES else sql
    return still
