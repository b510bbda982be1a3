with links as (
    select * from {{ ref('int_identity__links') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

-- The only way from a record to a pseudonym; whoever has opted out has none.
allowed as (
    select
        links.source_record_id,
        pseudonyms.person_id,
        links.person_key like 'nhs:%' as is_linked
    from links
    inner join pseudonyms on links.person_key = pseudonyms.person_key
)

select * from allowed
