{% macro day_stands_alone(text) -%}
    {#- Whether nothing but a time, a zone or blanks (also tabs and no-break spaces)
        stands behind the ten characters of a day. -#}
    (
        length({{ text }}) <= 10
        or {{ replace_all(
            'substr(' ~ text ~ ', 11)',
            '^(Z|[+-][0-9][0-9]:?[0-9][0-9]|[ T][0-9][0-9]:.*)?[ \u00a0\t]*$',
            ''
        ) }} = ''
    )
{%- endmacro %}
