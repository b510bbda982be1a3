{% macro holds_number_on(patients, day) -%}
    {#- Whether a local number was this patient's on a day (see with_number_holders). -#}
    (
        ({{ patients }}.held_from_date is null
            or {{ day }} >= {{ patients }}.held_from_date)
        and ({{ patients }}.held_until_date is null
            or {{ day }} < {{ patients }}.held_until_date)
    )
{%- endmacro %}
