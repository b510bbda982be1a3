with residences as (
    select
        person_id,
        from_date,
        to_date,
        lead(from_date) over (partition by person_id order by from_date)
            as next_from_date
    from {{ ref('fct_person_residence') }}
)

select * from residences
where
    to_date < from_date
    or next_from_date <= coalesce(to_date, {{ open_end() }})
