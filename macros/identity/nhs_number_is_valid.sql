{% macro nhs_number_is_valid(column) -%}
    {#- True when `column` holds ten digits of which the last is the check digit: digits 1
        to 9 weighted 10 to 2; 11 less the sum modulo 11; 11 counts as 0, 10 is invalid
        (NHS Data Dictionary, NHS NUMBER). One digit ten times has the right check digit
        too, and is often typed for an unknown number. A common pseudonym has no check
        digit. -#}
    {%- if var('feeds_are_pseudonymised') -%}
    {{ column }} is not null
    {%- else -%}
    coalesce(
        length({{ column }}) = 10
        and {{ column }} <> repeat(substr({{ column }}, 1, 1), 10)
        and (
            11 - (
                10 * try_cast(substr({{ column }}, 1, 1) as integer)
                + 9 * try_cast(substr({{ column }}, 2, 1) as integer)
                + 8 * try_cast(substr({{ column }}, 3, 1) as integer)
                + 7 * try_cast(substr({{ column }}, 4, 1) as integer)
                + 6 * try_cast(substr({{ column }}, 5, 1) as integer)
                + 5 * try_cast(substr({{ column }}, 6, 1) as integer)
                + 4 * try_cast(substr({{ column }}, 7, 1) as integer)
                + 3 * try_cast(substr({{ column }}, 8, 1) as integer)
                + 2 * try_cast(substr({{ column }}, 9, 1) as integer)
            ) % 11
        ) % 11 = try_cast(substr({{ column }}, 10, 1) as integer),
        false
    )
    {%- endif -%}
{%- endmacro %}
