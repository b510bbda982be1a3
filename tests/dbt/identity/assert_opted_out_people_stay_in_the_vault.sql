with persons as (
    select * from {{ ref('int_identity__persons') }}
),

opt_outs as (
    select * from {{ ref('int_identity__opt_outs') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

conditions as (
    select * from {{ ref('int_population__conditions') }}
),

-- Every person has either opted out or has a pseudonym.
wrongly_known as (
    select persons.person_key
    from persons
    left join pseudonyms on persons.person_key = pseudonyms.person_key
    left join opt_outs
        on
            persons.person_key = opt_outs.person_key
            and opt_outs.opt_out = 'national_data_opt_out'
    where
        persons.is_opted_out = (pseudonyms.person_key is not null)
        or (opt_outs.person_key is not null and not persons.is_opted_out)
),

wrongly_described as (
    select opt_outs.person_key
    from conditions
    inner join pseudonyms on conditions.person_id = pseudonyms.person_id
    inner join opt_outs
        on
            pseudonyms.person_key = opt_outs.person_key
            and opt_outs.opt_out = 'type_1_opt_out'
)

select person_key from wrongly_known
union all
select person_key from wrongly_described
