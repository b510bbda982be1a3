from intelligence.platform.pseudonyms import derived_salt
from intelligence.platform.settings import PSEUDONYM_KEY, secret


def model(dbt, session):
    dbt.config(materialized="table")
    return derived_salt(secret(PSEUDONYM_KEY))
