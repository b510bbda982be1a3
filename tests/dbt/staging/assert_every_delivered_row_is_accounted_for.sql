{{ config(meta={'is_free_of_identifiers': true}) }}

select
    feed,
    file_id,
    delivered_count,
    current_count,
    superseded_count,
    withdrawn_count,
    duplicate_count,
    quarantined_count
from {{ ref('stg_feeds__row_accounts') }}
where
    delivered_count
    <> current_count + superseded_count + withdrawn_count + duplicate_count
    + quarantined_count
    or least(
        delivered_count,
        current_count,
        superseded_count,
        withdrawn_count,
        duplicate_count,
        quarantined_count
    ) < 0
