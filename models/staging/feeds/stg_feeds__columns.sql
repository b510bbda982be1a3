{{ config(materialized='table') }}

-- The sources' YAML is the contract with the organisations; as a table it can be held
-- against what they sent.
with required (
    feed,
    feed_table,
    column_name,
    data_type,
    reporting_period,
    delivery,
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
    nullif(published_file_name, '') as published_file_name,
    ordinal
from required
