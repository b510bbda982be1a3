with links as (
    select * from {{ ref('int_identity__links') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

opt_outs as (
    select * from {{ ref('int_identity__opt_outs') }}
    where opt_out = 'national_data_opt_out'
),

-- The only way from a record to a pseudonym; whoever has opted out has none. A record
-- with the number of somebody who opted out is held back even where it is believed to
-- be another person's.
allowed as (
    select
        links.source_record_id,
        pseudonyms.person_id,
        links.person_key like 'nhs:%' as is_linked
    from links
    inner join pseudonyms on links.person_key = pseudonyms.person_key
    inner join source_records
        on links.source_record_id = source_records.source_record_id
    where
        not exists (
            select 1 from opt_outs
            where opt_outs.nhs_number = source_records.current_nhs_number
        )
)

select * from allowed
