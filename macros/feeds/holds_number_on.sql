{% macro holds_number_on(patients, day) -%}
    {#- Whether a local number was this patient's on a day (see with_number_holders). A
        number with one holder was theirs on any day, also on one that is not known.
        Comparisons alone, without `or`: DuckDB would compare every row of a left join
        with every other. -#}
    (
        coalesce({{ day }}, cast('0001-01-01' as date))
        >= coalesce({{ patients }}.held_from_date, cast('0001-01-01' as date))
        and coalesce({{ day }}, {{ add_days(open_end(), -1) }})
        < coalesce({{ patients }}.held_until_date, {{ open_end() }})
    )
{%- endmacro %}
