with links as (
    select * from {{ ref('int_identity__links') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

review_pairs as (
    select * from {{ ref('int_identity__review_pairs') }}
),

opt_outs as (
    select * from {{ ref('int_identity__opt_outs') }}
    where opt_out = 'national_data_opt_out'
),

-- Records in review that may be about a person who opted out.
perhaps_opted_out as (
    select distinct review_pairs.source_record_id
    from review_pairs
    inner join opt_outs on review_pairs.candidate_key = opt_outs.person_key
),

-- The only way from a record to a pseudonym; people who opted out have none. A record
-- with the NHS number of a person who opted out is held back even if it is believed to
-- be about someone else, and so is a record in review that may be about them.
allowed as (
    select
        links.source_record_id,
        pseudonyms.person_id,
        links.is_linked
    from links
    inner join pseudonyms on links.person_key = pseudonyms.person_key
    inner join source_records
        on links.source_record_id = source_records.source_record_id
    left join perhaps_opted_out
        on links.source_record_id = perhaps_opted_out.source_record_id
    where
        not exists (
            select 1 from opt_outs
            where opt_outs.nhs_number = source_records.current_nhs_number
        )
        and (links.is_linked or perhaps_opted_out.source_record_id is null)
)

select * from allowed
