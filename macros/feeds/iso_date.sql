{% macro iso_date(text) -%}
    {#- An ISO date or timestamp as a date; null when it cannot be read. Pseudonymised
        feeds give birth dates as months: the first day then stands for the month. -#}
    case
        when {{ day_stands_alone(text) }}
            then try_cast(
                substr({{ text }}, 1, 10)
                {%- if var('feeds_are_pseudonymised') %}
                || case when length({{ text }}) = 7 then '-01' else '' end
                {%- endif %} as date
            )
    end
{%- endmacro %}
