{% macro spark__datediff(first_date, second_date, datepart) -%}
    {#- Days, months or minutes between two dates or times, as one term: dbt-spark's own
        has no brackets, so that a division after it divides its last part only. -#}
    {%- if datepart == 'day' -%}
        datediff({{ second_date }}, {{ first_date }})
    {%- elif datepart == 'month' -%}
        (
            12 * (year({{ second_date }}) - year({{ first_date }}))
            + month({{ second_date }})
            - month({{ first_date }})
        )
    {%- elif datepart == 'minute' -%}
        cast((
            unix_timestamp(date_trunc('minute', {{ second_date }}))
            - unix_timestamp(date_trunc('minute', {{ first_date }}))
        ) / 60 as bigint)
    {%- else -%}
        {{- exceptions.raise_compiler_error('No datediff in ' ~ datepart) -}}
    {%- endif -%}
{%- endmacro %}
