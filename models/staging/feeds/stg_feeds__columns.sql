{{ config(materialized='table') }}

-- The sources' YAML says what organisations must deliver. As a table it can be compared
-- with what they sent.
with required (
    feed,
    feed_table,
    column_name,
    data_type,
    reporting_period,
    delivery,
    promises,
    published_file_name,
    ordinal
) as (
    values
    {{ required_columns() }}
)

select
    feed,
    feed_table,
    column_name,
    data_type,
    nullif(reporting_period, '') as reporting_period,
    delivery,
    promises,
    nullif(published_file_name, '') as published_file_name,
    ordinal
from required
