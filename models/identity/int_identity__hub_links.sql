with links as (
    select * from {{ ref('int_identity__links') }}
),

persons as (
    select * from {{ ref('int_identity__persons') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

-- The only way from a record to a pseudonym, so that whoever has opted out stays behind.
allowed as (
    select
        links.source_record_id,
        pseudonyms.person_id,
        links.method = 'verified_nhs_number' as is_linked
    from links
    inner join persons
        on links.person_key = persons.person_key and not persons.is_opted_out
    inner join pseudonyms on links.person_key = pseudonyms.person_key
)

select * from allowed
