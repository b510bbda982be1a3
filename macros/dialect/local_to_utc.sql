{% macro local_to_utc(timestamp) -%}
    {#- A local time of England as UTC; of the hour that comes twice, the second. -#}
    {{- adapter.dispatch('local_to_utc')(timestamp) -}}
{%- endmacro %}

{% macro duckdb__local_to_utc(timestamp) -%}
    timezone('UTC', timezone('Europe/London', {{ timestamp }}))
{%- endmacro %}

{% macro spark__local_to_utc(timestamp) -%}
    {#- Of the hour that comes twice Spark takes the first, DuckDB the second. -#}
    greatest(
        to_utc_timestamp({{ timestamp }}, 'Europe/London'),
        to_utc_timestamp({{ timestamp }} + interval 1 hour, 'Europe/London')
        - interval 1 hour
    )
{%- endmacro %}
