{% macro raw_date_dmy(column) -%}
    {#- A delivered DD/MM/YYYY date, or an ISO date (Parquet), as a date; null if it
        cannot be read. -#}
    {%- set text = 'trim(raw.' ~ adapter.quote(column) ~ ')' -%}
    case
        when substr({{ text }}, 3, 1) <> '/' then {{ iso_date(text) }}
        when {{ is_one_date(text) }}
            then try_cast(
                substr({{ text }}, 7, 4)
                || '-' || substr({{ text }}, 4, 2)
                || '-' || substr({{ text }}, 1, 2) as date
            )
    end
{%- endmacro %}
