with registrations as (
    select
        person_id,
        from_date,
        until_date,
        lead(from_date) over (partition by person_id order by from_date)
            as next_from_date
    from {{ ref('fct_person_registration') }}
)

select * from registrations
where
    until_date <= from_date
    or next_from_date < coalesce(until_date, {{ open_end() }})
