{% macro clocks_go_back_on(day) -%}
    {#- Whether a day is the last Sunday of October, on which the hour from 01:00 comes
        twice. 2 January 2000 was a Sunday. -#}
    (
        extract(month from {{ day }}) = 10
        and extract(day from {{ day }}) >= 25
        and {{ dbt.datediff("cast('2000-01-02' as date)", day, 'day') }} % 7 = 0
    )
{%- endmacro %}
