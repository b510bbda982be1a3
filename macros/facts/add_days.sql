{% macro add_days(day, count) -%}
    {#- The date `count` days after `day`, as a date on every engine. -#}
    cast({{ dbt.dateadd('day', count, day) }} as date)
{%- endmacro %}
