{% macro iso_date(text) -%}
    {#- An ISO date or timestamp as a date; null if it cannot be read. Pseudonymised feeds
        have months of birth: these become their first day. -#}
    case
        when {{ is_one_date(text) }}
            then try_cast(
                substr({{ text }}, 1, 10)
                {%- if var('feeds_are_pseudonymised') %}
                || case when length({{ text }}) = 7 then '-01' else '' end
                {%- endif %} as date
            )
    end
{%- endmacro %}
