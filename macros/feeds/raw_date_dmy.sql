{% macro raw_date_dmy(column) -%}
    {#- A delivered DD/MM/YYYY date, or an ISO date (Parquet), as a date; null when it
        cannot be read. -#}
    coalesce(
        try_cast(
            substr(trim(raw.{{ adapter.quote(column) }}), 7, 4)
            || '-' || substr(trim(raw.{{ adapter.quote(column) }}), 4, 2)
            || '-' || substr(trim(raw.{{ adapter.quote(column) }}), 1, 2) as date
        ),
        try_cast(substr(trim(raw.{{ adapter.quote(column) }}), 1, 10) as date)
    )
{%- endmacro %}
