{% macro age_on(day, birth_month) -%}
    {#- Age in completed years on a day, taking the first of the month as the birthday. -#}
    cast(floor(
        {{ dbt.datediff(birth_month, day, 'month') }} / 12.0e0
    ) as integer)
{%- endmacro %}
