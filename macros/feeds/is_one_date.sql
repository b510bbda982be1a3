{% macro is_one_date(text) -%}
    {#- Whether only a time, a time zone or blanks (also tabs and no-break spaces) follow
        the ten characters of a date. -#}
    (
        length({{ text }}) <= 10
        or {{ replace_all(
            'substr(' ~ text ~ ', 11)',
            '^(Z|[+-][0-9][0-9]:?[0-9][0-9]|[ T][0-9][0-9]:.*)?[ \u00a0\t]*$',
            ''
        ) }} = ''
    )
{%- endmacro %}
