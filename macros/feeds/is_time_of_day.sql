{% macro is_time_of_day(text) -%}
    {#- Whether what follows a day is a time, a zone, blanks (also tabs and no-break
        spaces) or nothing. -#}
    {{ replace_all(
        text,
        '^(Z|[+-][0-9][0-9]:?[0-9][0-9]|[ T][0-9][0-9]:.*)?[ \u00a0\t]*$',
        ''
    ) }} = ''
{%- endmacro %}
